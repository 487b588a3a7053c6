import { Button, Group, Paper, Stack, Text, Textarea, Title } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { diffWordsWithSpace } from "diff";
import { useRef, useState } from "react";
import { useLocation } from "wouter";
import { useTexts } from "#console/texts/texts.ts";
import type { ReviewDetail } from "./data.ts";
import { SayDialog } from "./say-dialog.tsx";
import { reviewTexts } from "./texts.ts";
import { useDecisions } from "./use-decisions.ts";

const snoozeMinutes = 15;

/** The draft as bubbles or as text to edit, and the decisions about it, by button and by key. */
export function DraftPanel({
  detail,
  isLocked,
  goOn,
}: {
  detail: ReviewDetail;
  isLocked: boolean;
  goOn: () => void;
}) {
  const t = useTexts(reviewTexts);
  const [, go] = useLocation();
  const { review } = detail;
  const original = review.outputText ?? "";
  const [text, setText] = useState(review.review?.editedText ?? original);
  const [isEditing, setEditing] = useState(false);
  const [asks, setAsks] = useState<"reject" | "regenerate" | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const isChanged = text.trim() !== original.trim();
  const decide = useDecisions(detail, goOn);
  const { conversationId } = review;

  const edit = () => {
    if (isLocked) return;
    decide.claim.mutate(undefined);
    setEditing(true);
    requestAnimationFrame(() => field.current?.focus());
  };
  const approve = () => {
    if (isLocked || decide.isBusy || text.trim() === "") return;
    decide.approve.mutate(isChanged ? text : null);
  };
  const open = (what: "reject" | "regenerate") => {
    if (isLocked) return;
    decide.claim.mutate(undefined);
    setAsks(what);
  };
  const takeOver = () =>
    decide.takeOver.mutate(undefined, { onSuccess: () => go(`/inbox/${conversationId}`) });
  const snooze = () => {
    if (isLocked) return;
    const until = new Date(Date.now() + snoozeMinutes * 60_000).toISOString();
    decide.snooze.mutate(until);
  };
  useHotkeys([
    ["E", edit],
    ["R", () => open("reject")],
    ["G", () => open("regenerate")],
    ["T", takeOver],
    ["S", snooze],
    ["Z", () => decide.undo()],
  ]);
  // On a button Enter means that button.
  useHotkeys([["Enter", approve]], ["INPUT", "TEXTAREA", "SELECT", "BUTTON", "A"]);

  return (
    <Paper withBorder p="md">
      <Stack>
        <Group justify="space-between">
          <Title order={2} size="h6">
            {isEditing ? t("edited") : t("draft")}
          </Title>
          <Text size="xs" c="dimmed">
            {t("bubbles", { n: review.bubbles.length })}
          </Text>
        </Group>
        {isEditing ? (
          <Textarea
            ref={field}
            aria-label={t("edited")}
            autosize
            minRows={5}
            maxRows={18}
            value={text}
            onChange={({ currentTarget }) => setText(currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) approve();
              if (event.key === "Escape") setEditing(false);
            }}
          />
        ) : (
          <Bubbles bubbles={isChanged ? [text] : review.bubbles} />
        )}
        {isChanged && <Changes before={original} after={text} title={t("changes")} />}
        <Group gap="xs">
          <Button onClick={approve} disabled={isLocked} loading={decide.approve.isPending}>
            {isChanged ? t("approveEdited") : t("approve")}
          </Button>
          <Button
            variant="default"
            disabled={isLocked}
            onClick={isEditing ? () => setEditing(false) : edit}
          >
            {isEditing ? t("stopEditing") : t("edit")}
          </Button>
          <Button variant="default" disabled={isLocked} onClick={() => open("reject")}>
            {t("reject")}
          </Button>
          <Button variant="default" disabled={isLocked} onClick={() => open("regenerate")}>
            {t("regenerate")}
          </Button>
          <Button variant="default" onClick={takeOver} loading={decide.takeOver.isPending}>
            {t("takeOver")}
          </Button>
          <Button
            variant="subtle"
            disabled={isLocked}
            onClick={snooze}
            loading={decide.snooze.isPending}
          >
            {t("snooze")}
          </Button>
        </Group>
      </Stack>
      <SayDialog
        opened={asks === "reject"}
        title={t("rejectTitle")}
        label={t("reason")}
        verb={t("reject")}
        isBusy={decide.reject.isPending}
        onClose={() => setAsks(null)}
        onSay={(reason) => decide.reject.mutate(reason, { onSuccess: () => setAsks(null) })}
      />
      <SayDialog
        opened={asks === "regenerate"}
        title={t("regenerateTitle")}
        label={t("hintLabel")}
        verb={t("regenerate")}
        isBusy={decide.regenerate.isPending}
        onClose={() => setAsks(null)}
        onSay={(hint) => decide.regenerate.mutate(hint, { onSuccess: () => setAsks(null) })}
      />
    </Paper>
  );
}

function Bubbles({ bubbles }: { bubbles: readonly string[] }) {
  return (
    <Stack gap={6} align="flex-end">
      {bubbles.map((bubble, index) => (
        <div key={index} className="bubble" data-side="outbound">
          {bubble}
        </div>
      ))}
    </Stack>
  );
}

/** What a reviewer changed, word by word. */
function Changes({ before, after, title }: { before: string; after: string; title: string }) {
  return (
    <section aria-label={title}>
      <Text size="xs" c="dimmed" mb={4}>
        {title}
      </Text>
      <Text component="div" size="sm" className="as-written">
        {diffWordsWithSpace(before, after, segmenter ? { intlSegmenter: segmenter } : {}).map(
          ({ value, added, removed }, index) => {
            if (added) return <ins key={index}>{value}</ins>;
            return removed ? <del key={index}>{value}</del> : <span key={index}>{value}</span>;
          },
        )}
      </Text>
    </section>
  );
}

/** Chinese has no spaces between words. */
const segmenter =
  typeof Intl.Segmenter === "function" ? new Intl.Segmenter("zh", { granularity: "word" }) : null;
