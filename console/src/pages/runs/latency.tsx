import { Anchor, Button } from "@mantine/core";
import { IconGauge } from "@tabler/icons-react";
import { Link, useLocation } from "wouter";
import { answerOf, api, listOf } from "#console/client/api.ts";
import { DataTable, type Column } from "#console/parts/data-table.tsx";
import { EmptyFirstUse, EmptyNoMatch } from "#console/parts/empty.tsx";
import { Duration } from "#console/parts/time.tsx";
import { useFilters } from "#console/parts/use-filters.ts";
import { useLive } from "#console/parts/use-live.ts";
import { FilterBar, SearchFilter } from "#console/parts/filter-bar.tsx";
import { wholeRowsOf } from "#console/parts/use-live-list.ts";
import { useTexts } from "#console/texts/texts.ts";
import { runTexts } from "./texts.ts";

const everyMs = 60_000;
const ranges = ["24h", "7d"] as const;
const rangeTexts = { "24h": "lastDay", "7d": "lastWeek" } as const;

async function readLatency(range: (typeof ranges)[number], q: string | undefined) {
  const query = { range, ...(q === undefined ? {} : { q }) };
  const { items } = await listOf(answerOf(api.statistics.accounts.$get({ query })));
  return items.map((bot) => ({ ...bot, _id: bot.accountId }));
}
type BotLatency = Awaited<ReturnType<typeof readLatency>>[number];

/** How fast each bot answers; a row opens that bot's runs. */
export function Latency() {
  const t = useTexts(runTexts);
  const [, go] = useLocation();
  const { values, set } = useFilters(["range", "q"]);
  const range = ranges.find((each) => each === values.range) ?? "24h";
  const latency = useLive({
    key: ["latency", range, values.q],
    read: () => readLatency(range, values.q),
    everyMs,
  });
  const onClear = () => set("q", null);
  return (
    <>
      <FilterBar {...(values.q === undefined ? {} : { onClear })}>
        <SearchFilter
          value={values.q ?? ""}
          onChange={(q) => set("q", q)}
          placeholder={t("searchBots")}
        />
        <Button.Group aria-label={t("range")}>
          {ranges.map((each) => (
            <Button
              key={each}
              size="xs"
              variant={each === range ? "light" : "default"}
              aria-pressed={each === range}
              onClick={() => set("range", each === "24h" ? null : each)}
            >
              {t(rangeTexts[each])}
            </Button>
          ))}
        </Button.Group>
      </FilterBar>
      <DataTable
        label={t("byBot")}
        columns={useColumns()}
        {...wholeRowsOf(latency.data ?? [], latency)}
        nameOf={({ name }) => name}
        onOpen={({ _id }) => go(`/runs?accountId=${_id}`)}
        empty={
          values.q === undefined ? (
            <EmptyFirstUse icon={IconGauge} title={t("none")}>
              {t("noneInRange")}
            </EmptyFirstUse>
          ) : (
            <EmptyNoMatch onClear={onClear} />
          )
        }
      />
    </>
  );
}

function useColumns(): Column<BotLatency>[] {
  const t = useTexts(runTexts);
  const time = (ms: number | null) => (ms === null ? "–" : <Duration ms={ms} />);
  return [
    {
      id: "bot",
      header: t("bot"),
      width: "minmax(160px, 3fr)",
      cell: ({ _id, name }) => (
        <Anchor
          component={Link}
          href={`/runs?accountId=${_id}`}
          size="sm"
          c="inherit"
          className="one-line"
        >
          {name}
        </Anchor>
      ),
    },
    {
      id: "runs",
      header: t("runs"),
      width: "90px",
      align: "right",
      isNamed: true,
      cell: ({ runs }) => runs,
    },
    {
      id: "hermesP50",
      header: t("hermesP50"),
      width: "minmax(90px, 1fr)",
      align: "right",
      isNamed: true,
      cell: ({ hermesP50Ms }) => time(hermesP50Ms),
    },
    {
      id: "hermesP95",
      header: t("hermesP95"),
      width: "minmax(90px, 1fr)",
      align: "right",
      isNamed: true,
      cell: ({ hermesP95Ms }) => time(hermesP95Ms),
    },
    {
      id: "answerP50",
      header: t("answerP50"),
      width: "minmax(90px, 1fr)",
      align: "right",
      isNamed: true,
      cell: ({ answerP50Ms }) => time(answerP50Ms),
    },
    {
      id: "answerP95",
      header: t("answerP95"),
      width: "minmax(90px, 1fr)",
      align: "right",
      isNamed: true,
      cell: ({ answerP95Ms }) => time(answerP95Ms),
    },
  ];
}
