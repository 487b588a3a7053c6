import { Box, Drawer } from "@mantine/core";
import { DateTimePicker } from "./time-range.tsx";
import { IconMessageQuestion } from "@tabler/icons-react";
import { useLocation, useParams } from "wouter";
import { answerOf, api } from "#console/client/api.ts";
import { DataTable, type Column } from "#console/parts/data-table.tsx";
import { EmptyFirstUse, EmptyNoMatch } from "#console/parts/empty.tsx";
import { ChoiceFilter, FilterBar, SearchFilter } from "#console/parts/filter-bar.tsx";
import { LiveMark } from "#console/parts/live-mark.tsx";
import { Page } from "#console/parts/page.tsx";
import { StatusBadge, useStatusName } from "#console/parts/status-badge.tsx";
import { Duration, RelativeTime } from "#console/parts/time.tsx";
import { useFilters } from "#console/parts/use-filters.ts";
import { useLiveList } from "#console/parts/use-live-list.ts";
import { useTexts } from "#console/texts/texts.ts";
import { RunDetail } from "./run-detail.tsx";
import { runTexts } from "./texts.ts";

const statuses = [
  "running",
  "retry_pending",
  "retrying",
  "sending",
  "parked",
  "awaiting_review",
  "sent",
  "rejected",
  "cancelled",
  "error",
] as const;
type RunStatus = (typeof statuses)[number];

const everyMs = 5_000;
const filterNames = ["q", "status", "accountId", "errorClass", "from", "to"] as const;

async function readRuns(
  filters: Partial<Record<(typeof filterNames)[number], string>>,
  cursor?: string,
) {
  const { status, ...rest } = filters;
  const known = statuses.find((each) => each === status);
  const query = { ...rest, ...(known ? { status: known } : {}), ...(cursor ? { cursor } : {}) };
  const page = await answerOf(api["agent-runs"].$get({ query }));
  const items = page.items.map((run) => ({
    ...run,
    botName: page.accounts[run.accountId]?.name ?? run.accountId,
  }));
  return { items, nextCursor: page.nextCursor };
}
type Run = Awaited<ReturnType<typeof readRuns>>["items"][number];

/** All questions to Hermes; one opens beside the list, under an address of its own. */
export default function Runs() {
  const t = useTexts(runTexts);
  const statusName = useStatusName();
  const [, go] = useLocation();
  const { "*": opened } = useParams();
  const { values, set, clear, active } = useFilters(filterNames);
  const list = useLiveList<Run>({
    key: ["runs", values],
    read: ({ cursor }) => readRuns(values, cursor),
    everyMs,
  });
  const search = window.location.search;
  return (
    <Page
      title={t("title")}
      hint={t("hint")}
      mark={<LiveMark updatedAt={list.updatedAt} everyMs={everyMs} />}
    >
      <FilterBar {...(active ? { onClear: clear } : {})}>
        <SearchFilter
          value={values.q ?? ""}
          onChange={(q) => set("q", q)}
          placeholder={t("search")}
        />
        <ChoiceFilter
          label={t("status")}
          value={values.status}
          options={statuses.map((value: RunStatus) => ({ value, label: statusName(value) }))}
          onChange={(value) => set("status", value)}
        />
        <DateTimePicker label={t("from")} value={values.from} onChange={(at) => set("from", at)} />
        <DateTimePicker label={t("to")} value={values.to} onChange={(at) => set("to", at)} />
      </FilterBar>
      <DataTable
        label={t("title")}
        columns={useColumns()}
        rows={list.items}
        nameOf={({ inputText }) => inputText.slice(0, 40)}
        onOpen={({ _id }) => go(`/runs/${_id}${search}`)}
        isLoading={list.isLoading}
        error={list.error}
        onRetry={() => void list.refetch()}
        hasMore={list.hasMore}
        isLoadingMore={list.isLoadingMore}
        loadMore={() => void list.loadMore()}
        empty={
          active ? (
            <EmptyNoMatch onClear={clear} />
          ) : (
            <EmptyFirstUse icon={IconMessageQuestion} title={t("none")}>
              {t("noneHint")}
            </EmptyFirstUse>
          )
        }
      />
      <Drawer
        opened={Boolean(opened)}
        onClose={() => go(`/runs${search}`)}
        position="right"
        size="lg"
        title={t("title")}
        closeButtonProps={{ "aria-label": t("back") }}
      >
        {opened && <RunDetail id={opened} />}
      </Drawer>
    </Page>
  );
}

function useColumns(): Column<Run>[] {
  const t = useTexts(runTexts);
  return [
    {
      id: "asked",
      header: t("asked"),
      width: "minmax(200px, 3fr)",
      cell: ({ inputText }) => <Box className="one-line">{inputText}</Box>,
    },
    {
      id: "bot",
      header: t("bot"),
      width: "minmax(110px, 1fr)",
      cell: ({ botName }) => <Box className="one-line">{botName}</Box>,
    },
    {
      id: "status",
      header: t("state"),
      width: "150px",
      cell: ({ status }) => <StatusBadge status={status} />,
    },
    {
      id: "took",
      header: t("took"),
      width: "110px",
      align: "right",
      wideOnly: true,
      cell: ({ hermesStartedAt, hermesEndedAt }) =>
        hermesStartedAt && hermesEndedAt ? (
          <Duration ms={Date.parse(hermesEndedAt) - Date.parse(hermesStartedAt)} />
        ) : (
          "–"
        ),
    },
    {
      id: "tries",
      header: t("tries"),
      width: "70px",
      align: "right",
      wideOnly: true,
      cell: ({ attemptCount }) => attemptCount,
    },
    {
      id: "began",
      header: t("began"),
      width: "110px",
      cell: ({ createdAt }) => <RelativeTime at={createdAt} />,
    },
  ];
}
