import { Paper, Stack, Text, Textarea, Title } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { useRef, useState } from "react";
import { useLocation } from "wouter";
import { isDialogOpen } from "#console/parts/page-keys.ts";
import { SayDialog } from "#console/parts/say-dialog.tsx";
import { WechatText } from "#console/parts/wechat-text/wechat-text.tsx";
import { useTexts } from "#console/texts/texts.ts";
import type { ReviewDetail } from "./data.ts";
import { DraftActions } from "./draft-actions.tsx";
import { DraftChanges } from "./draft-changes.tsx";
import { editOf, keepEdit } from "./edits.ts";
import { reviewTexts } from "./texts.ts";
import { useBubbles } from "./use-bubbles.ts";
import { useClaim } from "./use-claim.ts";
import { useDecisions } from "./use-decisions.ts";

const snoozeMinutes = 15;
/** A second click or a held key must not approve the next draft before it was seen. */
const leastSeenMs = 400;

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
  const { review, conversation } = detail;
  const original = review.outputText ?? "";
  const [text, setText] = useState(() => {
    return editOf(review._id) ?? review.review?.editedText ?? original;
  });
  const [isEditing, setEditing] = useState(false);
  const [asks, setAsks] = useState<"reject" | "regenerate" | null>(null);
  const shownAt = useRef(performance.now());
  const field = useRef<HTMLTextAreaElement>(null);
  const isChanged = text.trim() !== original.trim();
  const decide = useDecisions(detail, goOn);
  const isHeld = !isLocked && (isEditing || asks !== null || isChanged);
  useClaim(review._id, { isHeld, isDecided: decide.isDecided });
  const bubbles = useBubbles(text, isChanged ? null : review.bubbles);
  const left = conversation.window.creditsLeft;
  const canSend = !isLocked && conversation.window.shut === null && text.trim() !== "";
  const mayAct = () => !isLocked && !decide.isBusy && !isDialogOpen();

  const edit = () => {
    if (!mayAct()) return;
    setEditing(true);
    requestAnimationFrame(() => field.current?.focus());
  };
  const approve = () => {
    if (!canSend || !mayAct() || performance.now() - shownAt.current < leastSeenMs) return;
    decide.approve.mutate(isChanged ? text : null);
  };
  const ask = (what: "reject" | "regenerate") => {
    if (mayAct()) setAsks(what);
  };
  const takeOver = () => {
    if (!mayAct()) return;
    const toInbox = () => go(`/inbox/${review.conversationId}`);
    decide.takeOver.mutate(undefined, { onSuccess: toInbox });
  };
  const snooze = () => {
    const until = new Date(Date.now() + snoozeMinutes * 60_000).toISOString();
    if (mayAct()) decide.snooze.mutate(until);
  };
  useHotkeys([
    ["E", edit],
    ["R", () => ask("reject")],
    ["G", () => ask("regenerate")],
    ["T", takeOver],
    ["S", snooze],
  ]);
  useHotkeys(
    [["Enter", ({ repeat }) => !repeat && approve()]],
    // On a button Enter means that button.
    ["INPUT", "TEXTAREA", "SELECT", "BUTTON", "A"],
  );

  return (
    <Paper withBorder p="md">
      <Stack>
        <div className="review-head">
          <Title order={2} size="h6">
            {isEditing ? t("edited") : t("draft")}
          </Title>
          <Text
            size="xs"
            {...(bubbles.length > left ? { className: "review-many" } : { c: "dimmed" })}
          >
            {t(bubbles.length > left ? "tooMany" : "bubbles", { n: bubbles.length, left })}
          </Text>
        </div>
        {isEditing ? (
          <Textarea
            ref={field}
            aria-label={t("edited")}
            autosize
            minRows={5}
            maxRows={18}
            maxLength={20_000}
            readOnly={decide.isBusy}
            value={text}
            onChange={({ currentTarget }) => {
              keepEdit(review._id, currentTarget.value);
              setText(currentTarget.value);
            }}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.repeat)
                approve();
              if (event.key === "Escape") setEditing(false);
            }}
          />
        ) : (
          <Bubbles bubbles={bubbles} />
        )}
        {isChanged && <DraftChanges before={original} after={text} title={t("changes")} />}
        <DraftActions
          {...{ isLocked, isEditing, isChanged, canSend, decide }}
          onApprove={approve}
          onEdit={isEditing ? () => setEditing(false) : edit}
          onUseOriginal={() => {
            keepEdit(review._id, original);
            setText(original);
          }}
          onAsk={ask}
          onTakeOver={takeOver}
          onSnooze={snooze}
        />
      </Stack>
      <SayDialog
        opened={asks === "reject"}
        title={t("rejectTitle")}
        label={t("reason")}
        verb={t("reject")}
        longest={1_000}
        isBusy={decide.reject.isPending}
        onClose={() => setAsks(null)}
        onSay={(reason) => decide.reject.mutate(reason, { onSuccess: () => setAsks(null) })}
      />
      <SayDialog
        opened={asks === "regenerate"}
        title={t("regenerateTitle")}
        label={t("hintLabel")}
        verb={t("regenerate")}
        longest={2_000}
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
          <WechatText text={bubble} />
        </div>
      ))}
    </Stack>
  );
}
