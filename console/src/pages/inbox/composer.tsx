import { Alert, Button, Group, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { answerOf, api } from "#console/client/api.ts";
import type { Conversation } from "#console/client/conversations.ts";
import { useMay, useMe } from "#console/client/me.ts";
import { useToasts } from "#console/parts/toasts.tsx";
import { useOptimistic } from "#console/parts/use-optimistic.ts";
import { useTexts } from "#console/texts/texts.ts";
import { countBubbles, draftOf, typed } from "./drafts.ts";
import { inboxTexts } from "./texts.ts";

const whyShut = {
  account: "shutAccount",
  login: "shutLogin",
  window: "shutWindow",
  credits: "shutCredits",
} as const;

/** Writes to the contact; says in words why it cannot. What was typed stays until it is stored. */
export function Composer({ conversation }: { conversation: Conversation }) {
  const t = useTexts(inboxTexts);
  const toasts = useToasts();
  const mayWrite = useMay("reviewer");
  const me = useMe().data;
  const { _id: id, window: sendWindow, turnUntil, takenOverBy, takenOverByName } = conversation;
  const [draft, setDraft] = useState(() => draftOf(id));
  const send = useOptimistic({
    change: (json: { text: string; clientKey: string }) =>
      answerOf(api.conversations[":id"].messages.$post({ param: { id }, json })),
    renews: [["thread", id], ["conversation", id], ["conversations"]],
    onDone() {
      setDraft(typed(id, ""));
      toasts.done(t("stored"));
    },
  });
  if (!mayWrite) return <Closed text={t("mayNotWrite")} />;
  const bubbles = countBubbles(draft.text);
  const left = sendWindow.creditsLeft;
  const isOthers = takenOverBy !== null && takenOverBy !== me?.userId;
  const isShut = sendWindow.shut !== null || isOthers;
  const canSend = !isShut && bubbles > 0 && !send.isPending;
  const submit = () => {
    if (canSend) send.mutate(draft);
  };
  return (
    <form
      className="inbox-composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {sendWindow.shut !== null && <Closed text={t(whyShut[sendWindow.shut])} />}
      {isOthers && sendWindow.shut === null && (
        <Closed text={t("shutOther", { name: takenOverByName ?? takenOverBy })} />
      )}
      {!isShut && turnUntil !== null && (
        <Text size="xs" c="dimmed">
          {t("working")}
        </Text>
      )}
      <Textarea
        aria-label={t("write")}
        placeholder={t("write")}
        autosize
        minRows={2}
        maxRows={8}
        maxLength={20_000}
        disabled={isShut && draft.text === ""}
        readOnly={send.isPending}
        value={draft.text}
        onChange={(event) => setDraft(typed(id, event.currentTarget.value))}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey)) return;
          event.preventDefault();
          submit();
        }}
      />
      <Group justify="space-between" wrap="nowrap">
        <Text
          size="xs"
          aria-live="polite"
          {...(bubbles > left ? { className: "inbox-failed" } : { c: "dimmed" })}
        >
          {!isShut && bubbles === 0 && t("credits", { n: left })}
          {!isShut && bubbles > 0 && t(bubbles > left ? "tooMany" : "cost", { n: bubbles, left })}
        </Text>
        <Button
          type="submit"
          size="sm"
          title={t("sendKeys")}
          disabled={!canSend}
          loading={send.isPending}
        >
          {t("send")}
        </Button>
      </Group>
    </form>
  );
}

function Closed({ text }: { text: string }) {
  return (
    <Alert color="yellow" variant="light" p="xs" role="status">
      {text}
    </Alert>
  );
}
