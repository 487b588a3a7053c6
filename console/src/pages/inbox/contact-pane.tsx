import { Anchor, Button, Code, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { Link } from "wouter";
import { readAccount } from "#console/client/accounts.ts";
import { answerOf, api } from "#console/client/api.ts";
import type { Conversation } from "#console/client/conversations.ts";
import { useMay } from "#console/client/me.ts";
import { useConfirm } from "#console/parts/confirm.tsx";
import { partTexts } from "#console/parts/texts.ts";
import { RelativeTime } from "#console/parts/time.tsx";
import { useToasts } from "#console/parts/toasts.tsx";
import { useOptimistic } from "#console/parts/use-optimistic.ts";
import { useTexts } from "#console/texts/texts.ts";
import { inboxTexts } from "./texts.ts";
import { WindowLeft } from "./window-left.tsx";

/** The right pane: who the contact is, and what Hermes remembers. */
export function ContactPane({
  conversation,
  onClose,
}: {
  conversation: Conversation;
  onClose: () => void;
}) {
  const t = useTexts(inboxTexts);
  const part = useTexts(partTexts);
  const { accountId, lastInboundAt, userId, hermesSessionId } = conversation;
  const bot = useQuery({
    queryKey: ["account", accountId, "name"],
    queryFn: () => readAccount(accountId),
    staleTime: 60_000,
  });
  return (
    <Stack gap="sm" p="sm">
      <Button size="compact-xs" variant="default" className="inbox-contact-close" onClick={onClose}>
        {part("close")}
      </Button>
      <Title order={2} size="h6">
        {t("contact")}
      </Title>
      <About key={conversation._id} conversation={conversation} />
      <Fact name={t("bot")}>
        <Anchor component={Link} href={`/bots/${accountId}`} size="sm" className="as-written">
          {bot.data?.name ?? accountId}
        </Anchor>
      </Fact>
      <Fact name={t("window")}>
        <WindowLeft window={conversation.window} />{" "}
        {t("credits", { n: conversation.window.creditsLeft })}
      </Fact>
      <Fact name={t("lastMessage")}>
        <RelativeTime at={lastInboundAt} />
      </Fact>
      <Fact name={t("wechatId")}>
        <Code className="inbox-id">{userId}</Code>
      </Fact>
      <Fact name={t("session")}>
        <Code className="inbox-id">{hermesSessionId}</Code>
      </Fact>
      <FreshSession conversation={conversation} />
    </Stack>
  );
}

function About({ conversation: { _id: id, alias, note } }: { conversation: Conversation }) {
  const t = useTexts(inboxTexts);
  const toasts = useToasts();
  const mayEdit = useMay("reviewer");
  const [opened, setOpened] = useState({ alias: alias ?? "", note: note ?? "" });
  const [wanted, setWanted] = useState(opened);
  const save = useOptimistic({
    change: (given: typeof wanted) => {
      // Only what was changed here, as somebody else may have changed the other meanwhile.
      const json = {
        ...(given.alias === opened.alias ? {} : { alias: given.alias.trim() || null }),
        ...(given.note === opened.note ? {} : { note: given.note.trim() || null }),
      };
      return answerOf(api.conversations[":id"].$put({ param: { id }, json }));
    },
    show: {
      key: ["conversation", id],
      apply: (before: Conversation, given) => ({
        ...before,
        alias: given.alias.trim() || null,
        note: given.note.trim() || null,
      }),
    },
    renews: [["conversation", id], ["conversations"], ["reviews"]],
    onDone(_answer, given) {
      setOpened(given);
      toasts.done(t("saved"));
    },
  });
  const isChanged = wanted.alias !== opened.alias || wanted.note !== opened.note;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(wanted);
      }}
    >
      <Stack gap="xs">
        <TextInput
          size="xs"
          label={t("alias")}
          description={t("aliasHint")}
          maxLength={100}
          readOnly={!mayEdit}
          value={wanted.alias}
          onChange={(event) => setWanted({ ...wanted, alias: event.currentTarget.value })}
        />
        <Textarea
          size="xs"
          label={t("note")}
          autosize
          minRows={2}
          maxLength={2_000}
          readOnly={!mayEdit}
          value={wanted.note}
          onChange={(event) => setWanted({ ...wanted, note: event.currentTarget.value })}
        />
        {mayEdit && (
          <Button
            type="submit"
            size="xs"
            variant="default"
            disabled={!isChanged}
            loading={save.isPending}
          >
            {t("save")}
          </Button>
        )}
      </Stack>
    </form>
  );
}

function FreshSession({
  conversation: { _id: id, hermesSession },
}: {
  conversation: Conversation;
}) {
  const t = useTexts(inboxTexts);
  const toasts = useToasts();
  const confirm = useConfirm();
  const mayAct = useMay("operator");
  const begin = useOptimistic({
    change: (from: number) =>
      answerOf(api.conversations[":id"]["fresh-session"].$post({ param: { id }, json: { from } })),
    renews: [["conversation", id]],
    onDone: () => toasts.done(t("freshDone")),
  });
  const ask = async () => {
    const question = {
      title: t("freshTitle"),
      text: t("freshText"),
      confirm: t("fresh"),
      danger: true,
    };
    if (await confirm(question)) begin.mutate(hermesSession);
  };
  if (!mayAct) return null;
  return (
    <Button size="xs" variant="default" loading={begin.isPending} onClick={() => void ask()}>
      {t("fresh")}
    </Button>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text size="sm" component="div">
        {children}
      </Text>
    </div>
  );
}
