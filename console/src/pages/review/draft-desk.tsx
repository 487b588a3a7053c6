import { Badge, Grid, Group, Paper, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useEffect, useRef } from "react";
import { ApiError } from "#console/client/api-error.ts";
import { useMe } from "#console/client/me.ts";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { usePolicyName } from "#console/parts/policy-name.ts";
import { useContactName } from "#console/parts/thread/contact-name.ts";
import { Thread } from "#console/parts/thread/thread.tsx";
import { useTimeWords } from "#console/parts/time.tsx";
import { useLive } from "#console/parts/use-live.ts";
import { useNow } from "#console/parts/use-now.ts";
import { useTexts } from "#console/texts/texts.ts";
import { isUndecided, readReview, type ReviewDetail } from "./data.ts";
import { DraftNews } from "./draft-news.tsx";
import { DraftOver, DraftUnknown } from "./draft-over.tsx";
import { DraftPanel } from "./draft-panel.tsx";
import { reviewTexts } from "./texts.ts";

const everyMs = 4_000;

/** One draft: on the left what was said, on the right what would go out, and what to do with it. */
export function DraftDesk({ runId, goOn }: { runId: string; goOn: () => void }) {
  const me = useMe().data;
  const { data, error, refetch } = useLive({
    key: ["review", runId],
    read: () => readReview(runId),
    everyMs,
  });
  if (!data) {
    if (!error) return <DeskSkeleton />;
    const isUnknown = error instanceof ApiError && error.status === 404;
    if (isUnknown) return <DraftUnknown goOn={goOn} />;
    return <ErrorBox error={error} onRetry={() => void refetch()} />;
  }
  const { review } = data;
  if (review.status !== "awaiting_review") return <DraftOver detail={data} goOn={goOn} />;
  const isOthers = review.claimedByName !== null && review.review?.claimedBy !== me?.userId;
  return (
    <Stack>
      <Facts detail={data} />
      <DraftNews detail={data} isOthers={isOthers} />
      <Grid>
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Context detail={data} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 6 }}>
          <DraftPanel detail={data} isLocked={isOthers || !isUndecided(review)} goOn={goOn} />
        </Grid.Col>
      </Grid>
    </Stack>
  );
}

/** What a draft looks like before it is there. */
export function DeskSkeleton() {
  return (
    <Stack aria-busy>
      <Skeleton height={24} width="40%" />
      <Grid>
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Skeleton height={280} radius="md" />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Skeleton height={280} radius="md" />
        </Grid.Col>
      </Grid>
    </Stack>
  );
}

const reasons = {
  policy: "whyPolicy",
  stale: "whyStale",
  contact_cap: "whyContactCap",
  account_cap: "whyAccountCap",
} as const;

function Facts({ detail }: { detail: ReviewDetail }) {
  const t = useTexts(reviewTexts);
  const words = useTimeWords();
  const nameOf = usePolicyName();
  const contactName = useContactName();
  const now = useNow(10_000);
  const { account, conversation, policy, review } = detail;
  const { opensUntil, creditsLeft } = conversation.window;
  const leftMs = Date.parse(opensUntil) - now;
  const snoozedUntil = review.review?.snoozedUntil ?? null;
  const windowText =
    leftMs > 0
      ? t("windowLeft", { when: words.relative(opensUntil, now) })
      : t("windowShut", { when: words.relative(opensUntil, now) });
  return (
    <Group gap="xs">
      <Text fw={600} className="as-written">
        {contactName(conversation)}
      </Text>
      <Text c="dimmed" size="sm" className="as-written">
        {account.name}
      </Text>
      <Badge variant="light" className="status-badge" color={leftMs < 3_600_000 ? "red" : "gray"}>
        {windowText}
      </Badge>
      <Badge variant="light" className="status-badge" color={creditsLeft < 2 ? "red" : "gray"}>
        {t("credits", { n: creditsLeft })}
      </Badge>
      <Badge variant="default" className="status-badge">
        {t("policy", { name: nameOf(policy) })}
      </Badge>
      {review.reviewReason !== null && (
        <Badge variant="default" className="status-badge">
          {t(reasons[review.reviewReason])}
        </Badge>
      )}
      {snoozedUntil !== null && Date.parse(snoozedUntil) > now && (
        <Badge variant="light" color="blue" className="status-badge">
          {t("snoozedUntil", { when: words.relative(snoozedUntil, now) })}
        </Badge>
      )}
    </Group>
  );
}

function Context({ detail: { messages } }: { detail: ReviewDetail }) {
  const t = useTexts(reviewTexts);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [messages.length]);
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h6" mb="sm">
        {t("context")}
      </Title>
      <div
        ref={box}
        className="scrolls review-context"
        tabIndex={0}
        role="group"
        aria-label={t("context")}
      >
        <Thread messages={messages} />
      </div>
    </Paper>
  );
}
