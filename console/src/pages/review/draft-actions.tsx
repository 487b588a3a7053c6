import { Button, Group } from "@mantine/core";
import { useTexts } from "#console/texts/texts.ts";
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
        {isChanged ? t(isEditing ? "approveEditing" : "approveEdited") : t("approve")}
      </Button>
      <Button {...plain} onClick={given.onEdit}>
        {isEditing ? t("stopEditing") : t("edit")}
      </Button>
      {isChanged && (
        <Button {...plain} variant="subtle" onClick={given.onUseOriginal}>
          {t("useOriginal")}
        </Button>
      )}
      <Button {...plain} onClick={() => given.onAsk("reject")}>
        {t("reject")}
      </Button>
      <Button {...plain} onClick={() => given.onAsk("regenerate")}>
        {t("regenerate")}
      </Button>
      <Button {...plain} onClick={given.onTakeOver} loading={decide.takeOver.isPending}>
        {t("takeOver")}
      </Button>
      <Button {...plain} onClick={given.onSnooze} loading={decide.snooze.isPending}>
        {t("snooze")}
      </Button>
    </Group>
  );
}
