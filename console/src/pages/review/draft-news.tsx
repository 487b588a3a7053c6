import { Alert, Button, Group, Text } from "@mantine/core";
import { IconAlertTriangle, IconClock, IconLock } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTimeWords } from "#console/parts/time.tsx";
import { useNow } from "#console/parts/use-now.ts";
import { useTexts } from "#console/texts/texts.ts";
import type { ReviewDetail } from "./data.ts";
import { Keyed } from "./keyed.tsx";
import { reviewTexts } from "./texts.ts";
import { useWithdraw } from "./use-decisions.ts";

const whyShut = {
  account: "shutAccount",
  login: "shutLogin",
  window: "shutWindow",
  credits: "shutCredits",
} as const;

/** What a reviewer must know before deciding: who is at it, what has changed, why it cannot go out. */
export function DraftNews({
  detail: { review, conversation },
  isOthers,
}: {
  detail: ReviewDetail;
  isOthers: boolean;
}) {
  const t = useTexts(reviewTexts);
  const { shut } = conversation.window;
  const sendAt = review.review?.sendAt ?? null;
  if (sendAt !== null) {
    return <GoingOut runId={review._id} by={review.approvedByName ?? ""} sendAt={sendAt} />;
  }
  return (
    <>
      {isOthers && (
        <Alert
          color="yellow"
          icon={<IconLock size={18} />}
          title={t("claimed", { name: review.claimedByName ?? "" })}
        >
          {t("claimedHint")}
        </Alert>
      )}
      {conversation.takenOverBy !== null && (
        <Warning>
          {t("heldBy", { name: conversation.takenOverByName ?? conversation.takenOverBy })}
        </Warning>
      )}
      {shut !== null && <Warning>{t(whyShut[shut])}</Warning>}
      {review.contextChanged && <Warning>{t("contextChanged")}</Warning>}
    </>
  );
}

function Warning({ children }: { children: ReactNode }) {
  return (
    <Alert color="orange" icon={<IconAlertTriangle size={18} />}>
      {children}
    </Alert>
  );
}

/** An approved draft until it goes out; whoever may review may take it back. */
function GoingOut({ runId, by, sendAt }: { runId: string; by: string; sendAt: string }) {
  const t = useTexts(reviewTexts);
  const words = useTimeWords();
  const withdraw = useWithdraw();
  const leftMs = Date.parse(sendAt) - useNow(500);
  return (
    <Alert color="teal" icon={<IconClock size={18} />} title={t("approvedBy", { name: by })}>
      <Group justify="space-between">
        <Text size="sm" role="status">
          {leftMs > 0
            ? t("goesOut", { age: words.duration(Math.max(1_000, leftMs)) })
            : t("goesOutNow")}
        </Text>
        {leftMs > 0 && (
          <Button size="xs" variant="default" onClick={() => withdraw(runId)}>
            <Keyed name={t("withdraw")} by="Z" />
          </Button>
        )}
      </Group>
    </Alert>
  );
}
