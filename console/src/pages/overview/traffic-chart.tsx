import { BarChart } from "@mantine/charts";
import "@mantine/charts/styles.css";
import { useLanguage } from "#console/texts/language.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { counters, type Span } from "./spans.ts";
import { overviewTexts } from "./texts.ts";
import { counterColors } from "./counter-colors.ts";

/** Two bars for each hour or day: what came in, and beside it what became of the questions. */
export default function TrafficChart({
  spans,
  nameOf,
}: {
  spans: readonly Span[];
  nameOf: (span: Span) => string;
}) {
  const t = useTexts(overviewTexts);
  const { locale } = useLanguage();
  return (
    <BarChart
      h={220}
      data={spans.map((span) => ({ ...span, name: nameOf(span) }))}
      dataKey="name"
      series={counters.map((name) => ({
        name,
        label: t(name),
        color: counterColors[name],
        stackId: name === "messagesIn" ? "in" : "out",
      }))}
      gridAxis="x"
      tickLine="none"
      textColor="dimmed"
      accessibilityLayer={false}
      barProps={{ isAnimationActive: false }}
      maxBarWidth={18}
      minBarSize={0}
      yAxisProps={{ allowDecimals: false, width: 36 }}
      xAxisProps={{ minTickGap: 16 }}
      valueFormatter={(value) => value.toLocaleString(locale)}
    />
  );
}
