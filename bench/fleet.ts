import { randomUUID } from "node:crypto";
import { functionFigures } from "#infra/figures.ts";
import { prices } from "#scripts/cost/prices.ts";
import { PollFleet, type Bot } from "#test/fleet/poll-fleet.ts";
import { seeded } from "#test/fleet/seeded.ts";
import { withFleetDatabase } from "./fleet-database.ts";
import type { Bench } from "./main.ts";
import { mean, type Figure } from "./report.ts";

const minuteMs = 60_000;
const sampleMs = 5_000;
/** A tick that finds its account in good hands, as metered on a whole local hub. */
const idleTickMs = 60;
const monthMinutes = 43_200;

/** Fleets at deployed durations: how many pollers, what their wake-ups cost, how well they cover. */
export async function run(bench: Bench): Promise<Figure[]> {
  return [
    ...(await live(bench, { accounts: 50, minutes: 12 })),
    ...(await live(bench, { accounts: 150, minutes: 6 })),
    {
      name: "1,000 accounts in one fleet",
      value: null,
      unit: "",
      note: "this database leases 150 a second; 150 accounts are above",
    },
  ];
}

async function live(
  bench: Bench,
  { accounts, minutes }: { accounts: number; minutes: number },
): Promise<Figure[]> {
  const name = `fleet_${randomUUID().slice(0, 8)}`;
  return withFleetDatabase(bench, name, async (database) => {
    const fleet = await PollFleet.start({ database, random: seeded(21) });
    try {
      const bots: Bot[] = [];
      for (let count = 0; count < accounts; count++) {
        bots.push(await fleet.addBot());
        if (count % 10 === 9) await fleet.pass(2_000);
      }
      await fleet.pass(2 * minuteMs);
      const startedBefore = fleet.started;
      const running: number[] = [];
      for (let at = 0; at < minutes * minuteMs; at += sampleMs) {
        await fleet.pass(sampleMs);
        running.push(fleet.running);
      }
      if (fleet.errors.length > 0) throw new Error(`${fleet.errors.length} pollers failed.`);
      const started = fleet.started - startedBefore;
      return figuresOf(accounts, {
        pollers: mean(running),
        most: Math.max(...running),
        idleTicks: (accounts * minutes - started) / (accounts * minutes),
        coverage: Math.min(...bots.map((bot) => fleet.coverage(bot))),
        overlaps: fleet.overlaps(),
      });
    } finally {
      await fleet.stop();
    }
  });
}

function figuresOf(
  accounts: number,
  seen: { pollers: number; most: number; idleTicks: number; coverage: number; overlaps: number },
): Figure[] {
  const { pollers, most, idleTicks, coverage, overlaps } = seen;
  const gb = functionFigures.poll.memoryMb / 1024;
  const ticks = monthMinutes * idleTicks;
  const idle = (ticks * idleTickMs * gb * prices.lambdaGbSecond) / 1000;
  const requests = monthMinutes * (prices.schedulerInvocation + prices.lambdaRequest);
  const polling = (pollers * monthMinutes * 60 * gb * prices.lambdaGbSecond) / accounts;
  const with50 = accounts === 50;
  return [
    {
      name: `${accounts} accounts: pollers at once`,
      value: pollers,
      unit: "",
      note: `${most} at the most`,
    },
    {
      name: `${accounts} accounts: wake-ups that found nothing to do`,
      value: idleTicks * 100,
      unit: "%",
      note: `$${(idle + ticks * (prices.schedulerInvocation + prices.lambdaRequest)).toFixed(4)} per account and month`,
    },
    {
      name: `${accounts} accounts: billed seconds per account and day`,
      value: (pollers * 86_400) / accounts + (1440 * idleTicks * idleTickMs) / 1000,
      unit: "s",
    },
    {
      name: `${accounts} accounts: poll stage per account and month, gross`,
      value: polling + idle + requests,
      unit: "$",
      ...(with50 && { goal: { most: 0.27 } }),
      note: `coverage ${(coverage * 100).toFixed(2)} %, overlaps ${overlaps}`,
    },
    {
      name: `${accounts} accounts: least coverage of an account`,
      value: coverage * 100,
      unit: "%",
      goal: { least: 98 },
    },
    { name: `${accounts} accounts: polls that overlapped`, value: overlaps, unit: "" },
  ];
}
