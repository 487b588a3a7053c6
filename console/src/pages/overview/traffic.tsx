import { ActionIcon, Button, Group, Skeleton, Table, Text, Title } from "@mantine/core";
import { IconChartBar, IconTable } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { useTimeWords } from "#console/parts/time.tsx";
import { useFilters } from "#console/parts/use-filters.ts";
import { useLive } from "#console/parts/use-live.ts";
import { useLanguage } from "#console/texts/language.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { colorOf } from "./counter-colors.ts";
import { ranges, readSeries } from "./read-overview.ts";
import { counters, spansOf, totalOf, type Span } from "./spans.ts";
import { overviewTexts } from "./texts.ts";

// The chart's library is as large as all the rest, so it comes when the page already stands.
const TrafficChart = lazy(() => import("./traffic-chart.tsx"));
const everyMs = 60_000;
const rangeNames = { "24h": "range24h", "7d": "range7d" } as const;

/** What came in and what became of it, as a chart or, for whoever cannot see one, as a table. */
export function Traffic() {
  const t = useTexts(overviewTexts);
  const { zone } = useLanguage();
  const view = useFilters(["range", "as"]);
  const range = ranges.find((each) => each === view.values.range) ?? "24h";
  const isTable = view.values.as === "table";
  const series = useLive({ key: ["series", range], read: () => readSeries(range), everyMs });
  const nameOf = useSpanName(range === "24h");
  const spans = spansOf(series.data?.items ?? [], range === "24h" ? "hour" : "day", zone);
  return (
    <section className="panel facts">
      <Group justify="space-between" mb="sm" gap="xs">
        <Title order={2} size="h5">
          {t(range === "24h" ? "traffic24h" : "traffic7d")}
        </Title>
        <Group gap="xs">
          <Button.Group aria-label={t("range")}>
            {ranges.map((each) => (
              <Button
                key={each}
                size="compact-sm"
                variant={each === range ? "light" : "default"}
                aria-pressed={each === range}
                onClick={() => view.set("range", each === "24h" ? null : each)}
              >
                {t(rangeNames[each])}
              </Button>
            ))}
          </Button.Group>
          <ActionIcon
            variant="default"
            aria-label={t(isTable ? "asChart" : "asTable")}
            title={t(isTable ? "asChart" : "asTable")}
            onClick={() => view.set("as", isTable ? null : "table")}
          >
            {isTable ? <IconChartBar size={16} aria-hidden /> : <IconTable size={16} aria-hidden />}
          </ActionIcon>
        </Group>
      </Group>
      {series.error && !series.data && (
        <ErrorBox error={series.error} onRetry={() => void series.refetch()} />
      )}
      {series.isLoading && <Skeleton height={250} />}
      {series.data && (
        <>
          <Totals spans={spans} />
          {isTable ? (
            <TrafficTable spans={spans} nameOf={nameOf} />
          ) : (
            <Picture spans={spans} nameOf={nameOf} />
          )}
        </>
      )}
    </section>
  );
}

type Shown = { spans: readonly Span[]; nameOf: (span: Span) => string };

function Totals({ spans }: Pick<Shown, "spans">) {
  const t = useTexts(overviewTexts);
  const { locale } = useLanguage();
  return (
    <Group gap="md" mb="sm">
      {counters.map((counter) => (
        <Group key={counter} gap={6} wrap="nowrap">
          <span className="chart-key" style={{ background: colorOf(counter) }} aria-hidden />
          <Text size="sm">
            {t(counter)} <b>{totalOf(spans, counter).toLocaleString(locale)}</b>
          </Text>
        </Group>
      ))}
    </Group>
  );
}

function Picture({ spans, nameOf }: Shown) {
  const t = useTexts(overviewTexts);
  if (counters.every((counter) => totalOf(spans, counter) === 0)) {
    return (
      <Text size="sm" c="dimmed" ta="center" py={72}>
        {t("quiet")}
      </Text>
    );
  }
  const busiest = spans.reduce((a, b) => (b.messagesIn > a.messagesIn ? b : a));
  const summary = t("chartSummary", {
    in: totalOf(spans, "messagesIn"),
    answered: totalOf(spans, "answered"),
    failed: totalOf(spans, "failed"),
    when: nameOf(busiest),
    most: busiest.messagesIn,
  });
  return (
    <div role="img" aria-label={summary}>
      <Suspense fallback={<Skeleton height={220} />}>
        <TrafficChart spans={spans} nameOf={nameOf} />
      </Suspense>
    </div>
  );
}

function TrafficTable({ spans, nameOf }: Shown) {
  const t = useTexts(overviewTexts);
  return (
    <div className="scrolls" role="region" tabIndex={0} aria-label={t("asTable")}>
      <Table striped verticalSpacing={4} miw={420}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("when")}</Table.Th>
            {counters.map((counter) => (
              <Table.Th key={counter} ta="right">
                {t(counter)}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {spans.toReversed().map((span) => (
            <Table.Tr key={span.from}>
              <Table.Th scope="row" fw={400}>
                {nameOf(span)}
              </Table.Th>
              {counters.map((counter) => (
                <Table.Td key={counter} ta="right">
                  {span[counter]}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

/** The hour by the clock, or the day by its date. */
function useSpanName(isHour: boolean): (span: Span) => string {
  const words = useTimeWords();
  const { locale, zone } = useLanguage();
  const day = new Intl.DateTimeFormat(locale, {
    month: "short",
    day: "numeric",
    weekday: "short",
    timeZone: zone,
  });
  return ({ from }) => (isHour ? words.clock(from) : day.format(new Date(from)));
}
