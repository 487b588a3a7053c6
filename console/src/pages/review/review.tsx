import { Button, Group, Text } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconChecks, IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useLocation, useParams } from "wouter";
import { useMay } from "#console/client/me.ts";
import { EmptyFirstUse, EmptyNoRight } from "#console/parts/empty.tsx";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { LiveMark } from "#console/parts/live-mark.tsx";
import { Page } from "#console/parts/page.tsx";
import { useLiveList } from "#console/parts/use-live-list.ts";
import { useTexts } from "#console/texts/texts.ts";
import { readReviews, reviewsKey, type Draft } from "./data.ts";
import { DraftDesk } from "./draft-desk.tsx";
import { reviewTexts } from "./texts.ts";

const everyMs = 5_000;

/** The queue of drafts, one at a time; what is decided makes room for the next. */
export default function Review() {
  const t = useTexts(reviewTexts);
  const mayReview = useMay("reviewer");
  const [, go] = useLocation();
  const { "*": opened } = useParams();
  const list = useLiveList<Draft>({
    key: reviewsKey,
    read: ({ cursor }) => readReviews(cursor),
    everyMs,
    enabled: mayReview,
  });
  const drafts = list.items;
  const at = drafts.findIndex(({ _id }) => _id === opened);
  const shown = opened ?? drafts[0]?._id;
  const place = at === -1 ? 0 : at;
  const step = (by: number) => {
    const next = drafts[place + by];
    if (next) go(`/review/${next._id}`);
  };
  useHotkeys([
    ["J", () => step(1)],
    ["K", () => step(-1)],
  ]);
  if (!mayReview) {
    return (
      <Page title={t("title")}>
        <EmptyNoRight needs="reviewer" />
      </Page>
    );
  }
  /** Whoever decided wants the next one; the list forgets this one by itself. */
  const goOn = () => {
    const rest = drafts.filter(({ _id }) => _id !== shown);
    const next = rest[Math.min(place, rest.length - 1)];
    go(next ? `/review/${next._id}` : "/review", { replace: true });
  };
  return (
    <Page
      title={t("title")}
      hint={t("hint")}
      mark={<LiveMark updatedAt={list.updatedAt} everyMs={everyMs} />}
      actions={
        drafts.length > 0 && (
          <Group gap="xs">
            <Text size="sm" c="dimmed" aria-live="polite">
              {t("place", { at: place + 1, n: `${drafts.length}${list.hasMore ? "+" : ""}` })}
            </Text>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconChevronLeft size={14} />}
              disabled={place === 0}
              onClick={() => step(-1)}
            >
              {t("previous")}
            </Button>
            <Button
              size="xs"
              variant="default"
              rightSection={<IconChevronRight size={14} />}
              disabled={place >= drafts.length - 1}
              onClick={() => step(1)}
            >
              {t("next")}
            </Button>
          </Group>
        )
      }
    >
      {list.error && drafts.length === 0 && (
        <ErrorBox error={list.error} onRetry={() => void list.refetch()} />
      )}
      {!list.isLoading && shown === undefined && !list.error && (
        <EmptyFirstUse icon={IconChecks} title={t("none")}>
          {t("noneHint")}
        </EmptyFirstUse>
      )}
      {shown !== undefined && <DraftDesk key={shown} runId={shown} goOn={goOn} />}
    </Page>
  );
}
