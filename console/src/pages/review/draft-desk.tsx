import { Alert, Badge, Grid, Group, Loader, Paper, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconLock } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { ApiError } from "#console/client/api-error.ts";
import { useMe } from "#console/client/me.ts";
import { EmptyFirstUse } from "#console/parts/empty.tsx";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { Thread } from "#console/parts/thread/thread.tsx";
import { useTimeWords } from "#console/parts/time.tsx";
import { useLive } from "#console/parts/use-live.ts";
import { useNow } from "#console/parts/use-now.ts";
import { useTexts } from "#console/texts/texts.ts";
import { readReview, type ReviewDetail } from "./data.ts";
import { DraftPanel } from "./draft-panel.tsx";
import { reviewTexts } from "./texts.ts";

const everyMs = 4_000;

/** One draft: on the left what was said, on the right what would go out, and what to do with it. */
export function DraftDesk({ runId, goOn }: { runId: string; goOn: () => void }) {
  const t = useTexts(reviewTexts);
  const me = useMe().data;
  const { data, error, refetch } = useLive({
    key: ["review", runId],
    read: () => readReview(runId),
    everyMs,
  });
  if (!data) {
    if (!error) return <Loader size="sm" />;
    const isGone = error instanceof ApiError && error.status === 404;
    return isGone ? <Gone /> : <ErrorBox error={error} onRetry={() => void refetch()} />;
  }
  const { review } = data;
  if (review.status !== "awaiting_review") return <Gone />;
  const claimedBy = review.claimedByName;
  const isOthers = claimedBy !== null && review.review?.claimedBy !== me?.userId;
  return (
    <Stack>
      <Facts detail={data} />
      {isOthers && (
        <Alert
          color="yellow"
          icon={<IconLock size={18} />}
          title={t("claimed", { name: claimedBy })}
        >
          {t("claimedHint")}
        </Alert>
      )}
      {review.contextChanged && (
        <Alert color="orange" icon={<IconAlertTriangle size={18} />}>
          {t("contextChanged")}
        </Alert>
      )}
      <Grid>
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Context detail={data} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 6 }}>
          <DraftPanel detail={data} isLocked={isOthers} goOn={goOn} />
        </Grid.Col>
      </Grid>
    </Stack>
  );
}

function Facts({ detail }: { detail: ReviewDetail }) {
  const t = useTexts(reviewTexts);
  const words = useTimeWords();
  const now = useNow(10_000);
  const { account, conversation, policy } = detail;
  const { opensUntil, creditsLeft } = conversation.window;
  const leftMs = Date.parse(opensUntil) - now;
  return (
    <Group gap="xs">
      <Text fw={600}>
        {conversation.alias ?? t("contact", { id: conversation.userId.slice(0, 10) })}
      </Text>
      <Text c="dimmed" size="sm">
        {account.name}
      </Text>
      <Badge variant="light" className="status-badge" color={leftMs < 3_600_000 ? "red" : "gray"}>
        {t("windowLeft", { when: words.relative(opensUntil, now) })}
      </Badge>
      <Badge variant="light" className="status-badge" color={creditsLeft < 2 ? "red" : "gray"}>
        {t("credits", { n: creditsLeft })}
      </Badge>
      <Badge variant="default" className="status-badge">
        {t("policy")}: {policy.name}
      </Badge>
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
      <div ref={box} className="scrolls" style={{ maxHeight: "60vh" }} tabIndex={0}>
        <Thread messages={messages} />
      </div>
    </Paper>
  );
}

function Gone() {
  const t = useTexts(reviewTexts);
  return (
    <EmptyFirstUse icon={IconLock} title={t("gone")}>
      {t("goneHint")}
    </EmptyFirstUse>
  );
}
