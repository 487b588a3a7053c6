import { Anchor, Box, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { Link } from "wouter";
import { answerOf, api } from "#console/client/api.ts";
import {
  readThread,
  type Conversation,
  type ThreadMessage,
} from "#console/client/conversations.ts";
import { useMay, useMe } from "#console/client/me.ts";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { Thread } from "#console/parts/thread/thread.tsx";
import { useToasts } from "#console/parts/toasts.tsx";
import { useContactName } from "#console/parts/thread/contact-name.ts";
import { useSendCode } from "#console/parts/thread/send-codes.ts";
import { useLiveList } from "#console/parts/use-live-list.ts";
import { useOptimistic } from "#console/parts/use-optimistic.ts";
import { useTexts } from "#console/texts/texts.ts";
import { Composer } from "./composer.tsx";
import { inboxTexts } from "./texts.ts";
import { WindowLeft } from "./window-left.tsx";

const everyMs = 4_000;

/** The middle pane: what was said, who answers, and a place to write. */
export function ConversationPane({
  conversation,
  onContact,
}: {
  conversation: Conversation;
  onContact: () => void;
}) {
  const t = useTexts(inboxTexts);
  return (
    <>
      <Head conversation={conversation} onContact={onContact} />
      {conversation.takenOverBy !== null && (
        <Text size="xs" className="inbox-held" role="status">
          {t("heldBy", { name: conversation.takenOverByName ?? conversation.takenOverBy })}
        </Text>
      )}
      <Messages id={conversation._id} />
      <Composer key={conversation._id} conversation={conversation} />
    </>
  );
}

function Head({
  conversation: { _id: id, alias, userId, takenOverBy, window: sendWindow },
  onContact,
}: {
  conversation: Conversation;
  onContact: () => void;
}) {
  const t = useTexts(inboxTexts);
  const toasts = useToasts();
  const mayAct = useMay("reviewer");
  const me = useMe().data;
  const contactName = useContactName();
  const param = { id };
  const answeredBy = (by: string | null, name: string | null) => ({
    key: ["conversation", id],
    apply: (before: Conversation) => ({ ...before, takenOverBy: by, takenOverByName: name }),
  });
  const renews = [["conversation", id], ["conversations"], ["thread", id]];
  const takeOver = useOptimistic({
    change: () => answerOf(api.conversations[":id"]["take-over"].$post({ param })),
    show: answeredBy(me?.userId ?? null, me?.name ?? null),
    renews,
    onDone: () => toasts.done(t("tookOver")),
  });
  const handBack = useOptimistic({
    change: () => answerOf(api.conversations[":id"]["hand-back"].$post({ param })),
    show: answeredBy(null, null),
    renews,
    onDone: () => toasts.done(t("handedBack")),
  });
  const turn = takenOverBy === null ? takeOver : handBack;
  return (
    <Group className="inbox-head" justify="space-between" gap="xs">
      <Box miw={0}>
        <Anchor
          component={Link}
          href={`/inbox${window.location.search}`}
          size="xs"
          className="inbox-back"
        >
          ← {t("back")}
        </Anchor>
        <Text fw={600} className="one-line">
          {contactName({ alias, userId })}
        </Text>
        <Group gap={8}>
          <WindowLeft window={sendWindow} />
          <Text size="xs" c="dimmed">
            {t("credits", { n: sendWindow.creditsLeft })}
          </Text>
        </Group>
      </Box>
      <Group gap={6}>
        {mayAct && (
          <Button
            size="xs"
            variant="default"
            loading={turn.isPending}
            onClick={() => turn.mutate(undefined)}
          >
            {t(takenOverBy === null ? "takeOver" : "handBack")}
          </Button>
        )}
        <Button size="xs" variant="default" className="inbox-contact-button" onClick={onContact}>
          {t("contact")}
        </Button>
      </Group>
    </Group>
  );
}

function Messages({ id }: { id: string }) {
  const t = useTexts(inboxTexts);
  const list = useLiveList<ThreadMessage>({
    key: ["thread", id],
    read: ({ cursor }) => readThread(id, cursor),
    everyMs,
  });
  if (list.error && list.items.length === 0) {
    return <ErrorBox error={list.error} onRetry={() => void list.refetch()} />;
  }
  return (
    <div className="inbox-thread" tabIndex={0} role="group" aria-label={t("said")}>
      <div>
        {list.isLoading && <ThreadSkeleton />}
        {list.hasMore && (
          <Button
            variant="subtle"
            size="xs"
            mb="sm"
            loading={list.isLoadingMore}
            onClick={() => void list.loadMore()}
          >
            {t("older")}
          </Button>
        )}
        <Thread
          messages={list.items.toReversed()}
          action={(message) => <Failed message={message} threadId={id} />}
        />
      </div>
    </div>
  );
}

function ThreadSkeleton() {
  return (
    <Stack gap="sm" aria-busy>
      <Skeleton height={40} width="45%" radius="md" />
      <Skeleton height={64} width="60%" radius="md" ml="auto" />
      <Skeleton height={40} width="35%" radius="md" />
    </Stack>
  );
}

/** What became of a message that did not arrive, why, and once more where that may help. */
function Failed({ message, threadId }: { message: ThreadMessage; threadId: string }) {
  const t = useTexts(inboxTexts);
  const toasts = useToasts();
  const mayRetry = useMay("operator");
  const inWords = useSendCode();
  const retry = useOptimistic({
    change: () => answerOf(api.outbound[":id"].retry.$post({ param: { id: message._id } })),
    renews: [["thread", threadId], ["outbound"]],
    onDone: () => toasts.done(t("againDone")),
  });
  if (message.direction !== "outbound" || message.failure === undefined) return null;
  const isDead = message.failure === "dead";
  const code = message.chunks.find(({ state }) => state === "dead" || state === "refused")?.code;
  return (
    <Group gap={8} justify="flex-end">
      <Text size="xs" className="inbox-failed">
        {isDead && code && t("failedFor", { reason: inWords(code) })}
        {isDead && !code && t("failedDead")}
        {!isDead && t("failedUnconfirmed")}
      </Text>
      {mayRetry && isDead && (
        <Button
          size="compact-xs"
          variant="default"
          loading={retry.isPending}
          onClick={() => retry.mutate(undefined)}
        >
          {t("again")}
        </Button>
      )}
    </Group>
  );
}
