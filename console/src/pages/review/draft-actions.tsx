import { Button, Group } from "@mantine/core";
import { useTexts } from "#console/texts/texts.ts";
import { Keyed } from "./keyed.tsx";
import { reviewTexts } from "./texts.ts";
import type { useDecisions } from "./use-decisions.ts";

/** The decisions as buttons, each named with its key. */
export function DraftActions(given: {
  decide: ReturnType<typeof useDecisions>;
  isLocked: boolean;
  isEditing: boolean;
  isChanged: boolean;
  canSend: boolean;
  onApprove: () => void;
  onEdit: () => void;
  onUseOriginal: () => void;
  onAsk: (what: "reject" | "regenerate") => void;
  onTakeOver: () => void;
  onSnooze: () => void;
}) {
  const t = useTexts(reviewTexts);
  const { decide, isLocked, isEditing, isChanged, canSend } = given;
  const plain = { variant: "default", disabled: isLocked } as const;
  return (
    <Group gap="xs" className="review-actions">
      <Button onClick={given.onApprove} disabled={!canSend} loading={decide.approve.isPending}>
        <Keyed
          name={t(isChanged ? "approveEdited" : "approve")}
          by={isEditing ? "Ctrl+Enter" : "Enter"}
        />
      </Button>
      <Button {...plain} onClick={given.onEdit}>
        <Keyed name={t(isEditing ? "stopEditing" : "edit")} by={isEditing ? "Esc" : "E"} />
      </Button>
      {isChanged && (
        <Button {...plain} variant="subtle" onClick={given.onUseOriginal}>
          {t("useOriginal")}
        </Button>
      )}
      <Button {...plain} onClick={() => given.onAsk("reject")}>
        <Keyed name={t("reject")} by="R" />
      </Button>
      <Button {...plain} onClick={() => given.onAsk("regenerate")}>
        <Keyed name={t("regenerate")} by="G" />
      </Button>
      <Button {...plain} onClick={given.onTakeOver} loading={decide.takeOver.isPending}>
        <Keyed name={t("takeOver")} by="T" />
      </Button>
      <Button {...plain} onClick={given.onSnooze} loading={decide.snooze.isPending}>
        <Keyed name={t("snooze")} by="S" />
      </Button>
    </Group>
  );
}
