import { Button, Checkbox, Group, Text } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconChecks, IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { useLocation, useParams } from "wouter";
import { useMay } from "#console/client/me.ts";
import { BotFilter } from "#console/parts/bot-filter.tsx";
import { EmptyFirstUse, EmptyNoMatch, EmptyNoRight } from "#console/parts/empty.tsx";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { LiveMark } from "#console/parts/live-mark.tsx";
import { SearchFilter } from "#console/parts/filter-bar.tsx";
import { isDialogOpen, useShowKeys } from "#console/parts/page-keys.ts";
import { Page } from "#console/parts/page.tsx";
import { useFilters } from "#console/parts/use-filters.ts";
import { useLiveList } from "#console/parts/use-live-list.ts";
import { useNow } from "#console/parts/use-now.ts";
import { useTexts } from "#console/texts/texts.ts";
import {
  filterNames,
  isUndecided,
  isWindowOpen,
  readReviews,
  reviewsKey,
  type Draft,
} from "./data.ts";
import { Keyed } from "./keyed.tsx";
import { DraftDesk, DeskSkeleton } from "./draft-desk.tsx";
import "./review.css";
import { useWithdraw } from "./use-decisions.ts";
import { reviewTexts } from "./texts.ts";

const everyMs = 5_000;

export default function Review() {
  const t = useTexts(reviewTexts);
  if (useMay("reviewer")) return <Queue />;
  return (
    <Page title={t("title")}>
      <EmptyNoRight needs="reviewer" />
    </Page>
  );
}

/** The queue of drafts, one at a time; what is decided makes room for the next. */
function Queue() {
  const t = useTexts(reviewTexts);
  const [, go] = useLocation();
  const { "*": opened } = useParams();
  const { values, clear } = useFilters(filterNames);
  const list = useLiveList<Draft>({
    key: [...reviewsKey, values],
    read: ({ cursor }) => readReviews(values, cursor),
    everyMs,
  });
  const now = useNow(30_000);
  const undecided = list.items.filter(isUndecided);
  // What cannot be sent any more waits behind what still can.
  const open = undecided.filter((draft) => isWindowOpen(draft, now));
  const drafts = [...open, ...undecided.filter((draft) => !open.includes(draft))];
  const place = drafts.findIndex(({ _id }) => _id === opened);
  // Decided here, while the list does not know it yet.
  const passed = useRef(new Set<string>()).current;
  const first = drafts.find(({ _id }) => !passed.has(_id))?._id;
  useEffect(() => {
    for (const id of passed) if (!drafts.some(({ _id }) => _id === id)) passed.delete(id);
  });
  const show = (runId: string | undefined, options?: { replace: boolean }) => {
    go(`${runId === undefined ? "/review" : `/review/${runId}`}${window.location.search}`, options);
  };
  // The draft in sight stays the one, whatever more urgent comes before it.
  useEffect(() => {
    if (list.isPrevious || opened !== undefined || first === undefined) return;
    show(first, { replace: true });
  }, [opened, first, list.isPrevious]);
  const isNearEnd = open.length === 0 || place >= drafts.length - 3;
  useEffect(() => {
    if (isNearEnd && list.hasMore && !list.isLoadingMore) void list.loadMore();
  }, [isNearEnd, list.hasMore, list.isLoadingMore]);
  const step = (by: 1 | -1) => {
    const next = place === -1 ? drafts[0] : drafts[place + by];
    if (next && !isDialogOpen()) show(next._id);
  };
  const withdraw = useWithdraw();
  useHotkeys([
    ["J", () => step(1)],
    ["K", () => step(-1)],
    // Also when no draft is left to show.
    ["Z", () => !isDialogOpen() && withdraw()],
  ]);
  useShowKeys([
    { key: "J", text: t("keyNext") },
    { key: "K", text: t("keyPrevious") },
    { key: "E", text: t("keyEdit") },
    { key: "Enter", text: t("keySend") },
    { key: "Z", text: t("keyWithdraw") },
    { key: "R", text: t("keyReject") },
    { key: "G", text: t("keyRegenerate") },
    { key: "T", text: t("keyTakeOver") },
    { key: "S", text: t("keySnooze") },
  ]);
  /** Whoever decided wants the next one; the list forgets this one by itself. */
  const goOn = () => {
    if (opened !== undefined) passed.add(opened);
    const rest = drafts.filter(({ _id }) => !passed.has(_id));
    show(rest[Math.max(0, Math.min(place, rest.length - 1))]?._id, { replace: true });
  };
  const isSearch = values.q !== undefined || values.accountId !== undefined;
  const isEmpty = opened === undefined && first === undefined && !list.error;
  return (
    <Page
      title={t("title")}
      hint={t("hint")}
      mark={<LiveMark updatedAt={list.updatedAt} everyMs={everyMs} />}
      actions={<QueueBar list={{ drafts, hasMore: list.hasMore }} place={place} step={step} />}
    >
      {list.error && drafts.length === 0 && (
        <ErrorBox error={list.error} onRetry={() => void list.refetch()} />
      )}
      {isEmpty && list.isLoading && <DeskSkeleton />}
      {isEmpty && !list.isLoading && isSearch && <EmptyNoMatch onClear={clear} />}
      {isEmpty && !list.isLoading && !isSearch && (
        <EmptyFirstUse icon={IconChecks} title={t("none")}>
          {t("noneHint")}
        </EmptyFirstUse>
      )}
      {opened !== undefined && <DraftDesk key={opened} runId={opened} goOn={goOn} />}
    </Page>
  );
}

function QueueBar({
  list: { drafts, hasMore },
  place,
  step,
}: {
  list: { drafts: readonly Draft[]; hasMore: boolean };
  place: number;
  step: (by: 1 | -1) => void;
}) {
  const t = useTexts(reviewTexts);
  const [, go] = useLocation();
  const { values, set } = useFilters(filterNames);
  /** The first that is found comes into sight, instead of the one that was there. */
  const find = (name: "q" | "accountId", value: string | null) => {
    const wanted = new URLSearchParams(values);
    if (value === null || value === "") wanted.delete(name);
    else wanted.set(name, value);
    go(`/review${wanted.size > 0 ? `?${wanted}` : ""}`, { replace: true });
  };
  return (
    <Group gap="xs">
      <SearchFilter
        value={values.q ?? ""}
        onChange={(q) => find("q", q)}
        placeholder={t("search")}
      />
      <BotFilter value={values.accountId} onChange={(id) => find("accountId", id)} />
      <Checkbox
        size="xs"
        label={t("withSnoozed")}
        checked={values.snoozed === "true"}
        onChange={({ currentTarget }) => set("snoozed", currentTarget.checked ? "true" : null)}
      />
      {place !== -1 && (
        <Text size="sm" c="dimmed" aria-live="polite">
          {t("place", { at: place + 1, n: `${drafts.length}${hasMore ? "+" : ""}` })}
        </Text>
      )}
      <Button
        size="xs"
        variant="default"
        leftSection={<IconChevronLeft size={14} aria-hidden />}
        disabled={place <= 0}
        onClick={() => step(-1)}
        aria-label={t("previous")}
        className="review-step"
      >
        <Keyed name={t("previous")} by="K" />
      </Button>
      <Button
        size="xs"
        variant="default"
        rightSection={<IconChevronRight size={14} aria-hidden />}
        disabled={place === -1 ? drafts.length === 0 : place >= drafts.length - 1}
        onClick={() => step(1)}
        aria-label={t("next")}
        className="review-step"
      >
        <Keyed name={t("next")} by="J" />
      </Button>
    </Group>
  );
}
