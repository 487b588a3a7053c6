import { Anchor, Button, Group, Text } from "@mantine/core";
import { IconChecks, IconLock, IconMessageOff } from "@tabler/icons-react";
import { Link } from "wouter";
import { EmptyFirstUse } from "#console/parts/empty.tsx";
import { RelativeTime } from "#console/parts/time.tsx";
import { useTexts } from "#console/texts/texts.ts";
import type { ReviewDetail } from "./data.ts";
import { reviewTexts } from "./texts.ts";

type Over = { detail: ReviewDetail; goOn: () => void };

/** A draft that somebody decided or something replaced: what became of it, and by whom. */
export function DraftOver({ detail, goOn }: Over) {
  const t = useTexts(reviewTexts);
  const { review } = detail;
  const isSent = review.approvedByName !== null;
  const at = review.review?.approvedAt ?? review.completedAt;
  const reason = review.review?.rejectedReason;
  return (
    <EmptyFirstUse
      icon={isSent ? IconChecks : IconMessageOff}
      title={t("gone")}
      action={
        <Group justify="center">
          <Button onClick={goOn}>{t("nextDraft")}</Button>
          <Anchor component={Link} href={`/inbox/${review.conversationId}`} size="sm">
            {t("openConversation")}
          </Anchor>
        </Group>
      }
    >
      <Text span role="status">
        {useEnd(detail)}
      </Text>
      {at && (
        <>
          {" "}
          <RelativeTime at={at} />
        </>
      )}
      {reason !== undefined && (
        <Text span className="as-written" display="block" mt="xs">
          {t("rejectedFor", { reason })}
        </Text>
      )}
    </EmptyFirstUse>
  );
}

export function DraftUnknown({ goOn }: { goOn: () => void }) {
  const t = useTexts(reviewTexts);
  return (
    <EmptyFirstUse
      icon={IconLock}
      title={t("unknown")}
      action={<Button onClick={goOn}>{t("nextDraft")}</Button>}
    >
      {t("unknownHint")}
    </EmptyFirstUse>
  );
}

function useEnd({ review }: ReviewDetail): string {
  const t = useTexts(reviewTexts);
  const { status, approvedByName, rejectedByName, cancelReason } = review;
  if (approvedByName !== null) {
    const name = approvedByName;
    if (status === "sent") return t("sentBy", { name });
    if (status === "parked") return t("parkedBy", { name });
    return t(status === "sending" ? "sendingBy" : "notSentBy", { name });
  }
  if (rejectedByName !== null) return t("rejectedBy", { name: rejectedByName });
  if (cancelReason === "superseded") return t("superseded");
  if (cancelReason === "taken_over" || cancelReason === "answered_by_person") {
    return t("answeredByPerson");
  }
  return t("goneHint");
}
