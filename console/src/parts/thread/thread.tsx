import { Anchor, Badge, Group, Stack, Text, Tooltip } from "@mantine/core";
import { Link } from "wouter";
import { Fragment, type ReactNode } from "react";
import type { ThreadMessage } from "#console/client/conversations.ts";
import { useTimeWords } from "#console/parts/time.tsx";
import { WechatText } from "#console/parts/wechat-text/wechat-text.tsx";
import { useLanguage } from "#console/texts/language.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { mediaOf } from "./media.ts";
import { isOneQuestion, partsOf, type Inbound, type Outbound } from "./parts-of.ts";
import { useSendCode } from "./send-codes.ts";
import "./thread.css";
import { threadTexts } from "./texts.ts";

type Chunk = Outbound["chunks"][number];

/** A conversation as both sides see it, the oldest first; `action` stands below a message. */
export function Thread({
  messages,
  action,
}: {
  messages: readonly ThreadMessage[];
  action?: (message: ThreadMessage) => ReactNode;
}) {
  const t = useTexts(threadTexts);
  const { zone } = useLanguage();
  return (
    <Stack gap="xs" role="log" aria-label={t("thread")}>
      {partsOf(messages, zone).map((part) =>
        "day" in part ? (
          <Day key={part.day} at={part.at} />
        ) : (
          <div key={part.id} className="thread-row" data-side={part.side}>
            {part.side === "inbound" ? (
              <Question messages={part.messages} />
            ) : (
              <Answer message={part.message} />
            )}
            {part.side === "outbound" && action?.(part.message)}
          </div>
        ),
      )}
    </Stack>
  );
}

function Day({ at }: { at: string }) {
  const { locale, zone } = useLanguage();
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeZone: zone });
  return (
    <Text size="xs" c="dimmed" className="thread-day">
      <time dateTime={at}>{day.format(new Date(at))}</time>
    </Text>
  );
}

/** What the contact wrote; texts that were asked as one question stand in one bracket. */
function Question({ messages }: { messages: readonly Inbound[] }) {
  const isMerged = isOneQuestion(messages);
  return (
    <div className="thread-question" data-merged={isMerged || undefined}>
      {messages.map((message) => (
        <Fragment key={message._id}>
          <Said message={message} />
          {!isMerged && <QuestionFoot message={message} />}
        </Fragment>
      ))}
      {isMerged && messages.at(-1) && (
        <QuestionFoot message={messages.at(-1)} merged={messages.length} />
      )}
    </div>
  );
}

function Said({ message }: { message: Inbound }) {
  const t = useTexts(threadTexts);
  const media = mediaOf(message);
  return (
    <div className="bubble" data-side="inbound">
      {message.text ?? (media.length === 0 && <em>{t("noText")}</em>)}
      {media.map(({ kind, name }, index) => (
        <em key={index} className="thread-media">
          {name === "" ? t(kind) : t("named", { kind: t(kind), name })}
        </em>
      ))}
    </div>
  );
}

function QuestionFoot({ message, merged }: { message: Inbound | undefined; merged?: number }) {
  const t = useTexts(threadTexts);
  const words = useTimeWords();
  if (!message) return null;
  return (
    <Group gap={8} className="bubble-foot">
      <Text size="xs" c="dimmed">
        <time dateTime={message.sentAt}>{words.clock(message.sentAt)}</time>
        {merged !== undefined && ` · ${t("merged", { n: merged })}`}
      </Text>
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
  );
}

function Answer({ message }: { message: Outbound }) {
  const t = useTexts(threadTexts);
  const words = useTimeWords();
  return (
    <>
      {message.chunks.map((chunk) => (
        <div key={chunk.clientId} className="bubble" data-side="outbound" data-state={chunk.state}>
          <WechatText text={chunk.text} />
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
  const inWords = useSendCode();
  if (state === "accepted") {
    return (
      <Tooltip label={t("acceptedHint")} multiline maw={280}>
        <span className="chunk-mark" role="img" aria-label={t("accepted")}>
          ✓
        </span>
      </Tooltip>
    );
  }
  const isBad = state === "refused" || state === "dead" || state === "skipped";
  return (
    <span className="chunk-state" data-bad={isBad || undefined}>
      {code === null ? t(state) : t("stateFor", { state: t(state), reason: inWords(code) })}
    </span>
  );
}
