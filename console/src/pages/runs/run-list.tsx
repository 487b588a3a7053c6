import { Anchor, Box, Group } from "@mantine/core";
import { IconMessageQuestion } from "@tabler/icons-react";
import { Link, useLocation } from "wouter";
import { DataTable, type Column } from "#console/parts/data-table.tsx";
import { EmptyFirstUse, EmptyNoMatch } from "#console/parts/empty.tsx";
import { ListFilters } from "#console/parts/list-filters.tsx";
import { StatusBadge, useStatusName } from "#console/parts/status-badge.tsx";
import { Duration, RelativeTime } from "#console/parts/time.tsx";
import { useFilters } from "#console/parts/use-filters.ts";
import { rowsOf, useLiveList } from "#console/parts/use-live-list.ts";
import { useContactName } from "#console/parts/thread/contact-name.ts";
import { useTexts } from "#console/texts/texts.ts";
import { classOf, errorClasses, filterNames, readRuns, statuses, type Run } from "./data.ts";
import { MomentFilter } from "./time-range.tsx";
import { runTexts } from "./texts.ts";
import { useClassName } from "./use-words.ts";

const everyMs = 5_000;

/** Runs as the address filters them, the newest first. */
export function useRuns(enabled: boolean) {
  const { values } = useFilters(filterNames);
  return useLiveList<Run>({
    key: ["runs", values],
    read: (asked) => readRuns(values, asked),
    everyMs,
    tellsChanges: true,
    enabled,
  });
}

/** Filters by status, bot, class of failure and time above the runs that fit. */
export function RunList({ list }: { list: ReturnType<typeof useRuns> }) {
  const t = useTexts(runTexts);
  const [, go] = useLocation();
  const { clear, active } = useFilters(filterNames);
  return (
    <>
      <Filters />
      <DataTable
        label={t("title")}
        columns={useColumns()}
        {...rowsOf(list)}
        nameOf={({ inputText }) => inputText.slice(0, 40)}
        onOpen={({ _id }) => go(`/runs/${_id}${window.location.search}`)}
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
    </>
  );
}

function Filters() {
  const t = useTexts(runTexts);
  const statusName = useStatusName();
  const className = useClassName();
  const filters = useFilters(filterNames);
  const { values, set } = filters;
  const nameOfStatus = (value: string) => {
    const known = statuses.find((each) => each === value);
    return known ? statusName(known) : value;
  };
  return (
    <ListFilters
      filters={filters}
      search={t("search")}
      choices={[
        { name: "status", label: t("status"), known: statuses, nameOf: nameOfStatus },
        { name: "errorClass", label: t("anyFailure"), known: errorClasses, nameOf: className },
      ]}
    >
      <Group gap="xs">
        <MomentFilter label={t("from")} value={values.from} onChange={(at) => set("from", at)} />
        <MomentFilter label={t("to")} value={values.to} onChange={(at) => set("to", at)} />
      </Group>
    </ListFilters>
  );
}

function useColumns(): Column<Run>[] {
  const t = useTexts(runTexts);
  const contactName = useContactName();
  const className = useClassName();
  return [
    {
      id: "asked",
      header: t("asked"),
      width: "minmax(180px, 3fr)",
      cell: ({ _id, inputText }) => (
        <Anchor
          component={Link}
          href={`/runs/${_id}${window.location.search}`}
          size="sm"
          c="inherit"
          className="one-line"
        >
          {inputText || "–"}
        </Anchor>
      ),
    },
    {
      id: "bot",
      header: t("bot"),
      width: "minmax(120px, 1.5fr)",
      cell: ({ botName }) => <Box className="one-line">{botName}</Box>,
    },
    {
      id: "contact",
      header: t("contact"),
      width: "minmax(120px, 1.5fr)",
      cell: ({ contact }) => <Box className="one-line">{contact ? contactName(contact) : "–"}</Box>,
    },
    {
      id: "status",
      header: t("state"),
      width: "150px",
      cell: ({ status }) => <StatusBadge status={status} />,
    },
    {
      id: "failure",
      header: t("failure"),
      width: "minmax(130px, 1.7fr)",
      wideOnly: true,
      cell: ({ error }) => {
        const errorClass = classOf(error);
        if (errorClass === null) return "–";
        return <Box className="one-line">{className(errorClass)}</Box>;
      },
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
      width: "140px",
      cell: ({ createdAt }) => <RelativeTime at={createdAt} />,
    },
  ];
}
