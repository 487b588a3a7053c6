import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { metricNames } from "#core/telemetry/metrics.ts";
import { alarmDefinitions } from "#infra/alarm-definitions.ts";
import { functionFigures } from "#infra/figures.ts";
import { monthOf, pollSeconds, type Load, type Metered } from "#scripts/cost/month.ts";
import { prices } from "#scripts/cost/prices.ts";
import { realMinutes } from "./real-minutes.ts";
import type { Bench } from "./main.ts";
import type { Figure } from "./report.ts";

/** What AWS gives each month for nothing (reference/aws.md 1, 2, 3, 5). */
const free = {
  gbSeconds: 400_000,
  lambdaRequests: 1e6,
  schedulerInvocations: 14e6,
  sqsRequests: 1e6,
  logGb: 5,
  metrics: 10,
  alarms: 10,
  dashboards: 3,
};
/** One container of 0.25 vCPU and 0.5 GB with its address for each account; one small server (reference/aws.md 7). */
const containerUsd = 7.21 + 3.65;
const serverUsd = 6;
const hermesSeconds = 20;
const minutes = 43_200;

/** The price of a month from the metered figures, beside coverage and what else one could run. */
export async function run(bench: Bench): Promise<Figure[]> {
  const path = join(import.meta.dirname, "..", "scripts", "cost", "metered.json");
  const metered = Metered.parse(JSON.parse(await readFile(path, "utf8")));
  const figures: Figure[] = [];
  for (const accounts of [1, 50, 1_000, 10_000]) {
    for (const messagesPerDay of [0, 10, 100]) {
      figures.push(rowOf({ accounts, messagesPerDay, hermesSeconds }, metered));
    }
  }
  return [
    ...figures,
    {
      name: "one container per account",
      value: containerUsd,
      unit: "$",
      note: "0.25 vCPU, 0.5 GB, an address",
    },
    {
      name: "one small server for all",
      value: serverUsd,
      unit: "$",
      note: "nobody takes over when it stops",
    },
    bench.real
      ? await realMinutes(bench)
      : {
          name: "ten minutes in real time",
          value: null,
          unit: "%",
          note: "npm run bench -- --only price --real",
        },
  ];
}

const Metered = z.object({
  at: z.string(),
  messages: z.number(),
  agentBilledMs: z.number(),
  queueRequests: z.number(),
  logBytes: z.number(),
}) satisfies z.ZodType<Metered>;

/** Total first: waiting for Hermes, Atlas and logs are in it, and are what moves it. */
function rowOf(load: Load, metered: Metered): Figure {
  const { accounts, messagesPerDay } = load;
  const month: Record<string, number> = monthOf(load, metered);
  const gross = Object.values(month).reduce((sum, usd) => sum + usd, 0);
  const atlas = Object.entries(month).find(([name]) => name.startsWith("Atlas"))?.[1] ?? 0;
  const parts = [
    `all $${gross.toFixed(2)}, after the free tier $${(gross - given(load, metered, gross)).toFixed(2)}`,
    `Hermes' wait $${(month["waiting for Hermes, answering"] ?? 0).toFixed(2)}`,
    `Atlas $${atlas.toFixed(2)}`,
    `logs $${(month["logs"] ?? 0).toFixed(2)}`,
    `polling $${(month["polling"] ?? 0).toFixed(2)} at 98 % coverage or more (bench fleet)`,
  ];
  return {
    name: `${accounts} accounts, ${messagesPerDay} messages a day: per account and month`,
    value: gross / accounts,
    unit: "$",
    note: parts.join("; "),
  };
}

function given(load: Load, metered: Metered, gross: number): number {
  const { accounts, messagesPerDay } = load;
  const messages = accounts * messagesPerDay * 30;
  const ticks = accounts * minutes;
  const agentGb = functionFigures.agent.memoryMb / 1024;
  const pollGb = functionFigures.poll.memoryMb / 1024;
  const retryGb = functionFigures.retry.memoryMb / 1024;
  const gbSeconds =
    pollSeconds(accounts, minutes) * pollGb +
    messages * (metered.agentBilledMs / 1000 + hermesSeconds) * agentGb +
    minutes * 50 * retryGb;
  const saved =
    Math.min(gbSeconds, free.gbSeconds) * prices.lambdaGbSecond +
    Math.min(ticks + messages + minutes, free.lambdaRequests) * prices.lambdaRequest +
    Math.min(ticks + minutes, free.schedulerInvocations) * prices.schedulerInvocation +
    Math.min(messages * metered.queueRequests, free.sqsRequests) * prices.fifoRequest +
    Math.min((messages * metered.logBytes) / 1e9, free.logGb) * prices.logGb +
    Math.min(metricNames.length, free.metrics) * prices.metricMonth +
    Math.min(alarmDefinitions.length, free.alarms) * prices.alarmMonth +
    Math.min(1, free.dashboards) * prices.dashboardMonth;
  return Math.min(saved, gross);
}
