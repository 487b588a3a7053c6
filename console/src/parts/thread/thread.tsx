import { Anchor, Badge, Group, Stack, Text, Tooltip } from "@mantine/core";
import { Link } from "wouter";
import type { ReactNode } from "react";
import type { ThreadMessage } from "#console/client/conversations.ts";
import { useTimeWords } from "#console/parts/time.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { threadTexts } from "./texts.ts";

type Chunk = Extract<ThreadMessage, { direction: "outbound" }>["chunks"][number];

/** A conversation as both sides see it, the oldest first; `action` stands below a message. */
export function Thread({
  messages,
  action,
}: {
  messages: readonly ThreadMessage[];
  action?: (message: ThreadMessage) => ReactNode;
}) {
  const t = useTexts(threadTexts);
  return (
    <Stack gap="xs" role="log" aria-label={t("thread")}>
      {messages.map((message, index) => {
        const before = messages[index - 1];
        const isMerged =
          message.direction === "inbound" &&
          message.runId !== null &&
          before?.direction === "inbound" &&
          before.runId === message.runId;
        return (
          <div key={message._id} className="thread-row" data-side={message.direction}>
            {message.direction === "inbound" ? (
              <Inbound message={message} isMerged={isMerged} />
            ) : (
              <Outbound message={message} />
            )}
            {action?.(message)}
          </div>
        );
      })}
    </Stack>
  );
}

function Inbound({
  message,
  isMerged,
}: {
  message: Extract<ThreadMessage, { direction: "inbound" }>;
  isMerged: boolean;
}) {
  const t = useTexts(threadTexts);
  const words = useTimeWords();
  return (
    <>
      <div className="bubble" data-side="inbound">
        {message.text ?? <em>{t("noText")}</em>}
      </div>
      <Group gap={8} className="bubble-foot">
        <Text size="xs" c="dimmed">
          <time dateTime={message.sentAt}>{words.clock(message.sentAt)}</time>
        </Text>
        {isMerged && (
          <Text size="xs" c="dimmed">
            {t("merged")}
          </Text>
        )}
        {message.runId !== null && (
          <Anchor component={Link} href={`/runs/${message.runId}`} size="xs">
            {t("run")}
          </Anchor>
        )}
        {message.unansweredReason !== null && (
          <Badge size="xs" variant="default" className="status-badge">
            {t(message.unansweredReason)}
          </Badge>
        )}
      </Group>
    </>
  );
}

function Outbound({ message }: { message: Extract<ThreadMessage, { direction: "outbound" }> }) {
  const t = useTexts(threadTexts);
  const words = useTimeWords();
  return (
    <>
      {message.chunks.map((chunk) => (
        <div key={chunk.clientId} className="bubble" data-side="outbound" data-state={chunk.state}>
          {chunk.text}
          <ChunkMark chunk={chunk} />
        </div>
      ))}
      <Group gap={8} className="bubble-foot" justify="flex-end">
        <Text size="xs" c="dimmed">
          {t(message.kind)} ·{" "}
          <time dateTime={message.createdAt}>{words.clock(message.createdAt)}</time>
        </Text>
        {message.runId !== null && (
          <Anchor component={Link} href={`/runs/${message.runId}`} size="xs">
            {t("run")}
          </Anchor>
        )}
      </Group>
    </>
  );
}

/** What became of one bubble; nothing is ever called delivered, as WeChat does not say so. */
function ChunkMark({ chunk: { state, code } }: { chunk: Chunk }) {
  const t = useTexts(threadTexts);
  if (state === "accepted") {
    return (
      <Tooltip label={t("acceptedHint")}>
        <span className="chunk-mark" role="img" aria-label={t("accepted")}>
          ✓
        </span>
      </Tooltip>
    );
  }
  const isBad = state === "refused" || state === "dead" || state === "skipped";
  return (
    <Badge
      ml={8}
      size="xs"
      variant="light"
      color={isBad ? "red" : "orange"}
      className="status-badge"
    >
      {code === null ? t(state) : `${t(state)} · ${code}`}
    </Badge>
  );
}
