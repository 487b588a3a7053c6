import { randomUUID } from "node:crypto";
import { PollFleet } from "#test/fleet/poll-fleet.ts";
import { seeded } from "#test/fleet/seeded.ts";
import { withFleetDatabase } from "./fleet-database.ts";
import type { Bench } from "./main.ts";
import type { Figure } from "./report.ts";

const minuteMs = 60_000;
const accounts = 50;
const minutes = 9;

/** What an account costs per minute in which nobody writes, in a pack of 50, at deployed durations. */
export async function run(bench: Bench): Promise<Figure[]> {
  return withFleetDatabase(bench, `idle_${randomUUID().slice(0, 8)}`, async (database) => {
    const fleet = await PollFleet.start({
      database,
      random: seeded(11),
      wechat: { record: { calls: 20_000 } },
    });
    try {
      for (let count = 0; count < accounts; count++) {
        await fleet.addBot();
        await fleet.pass(700);
      }
      await fleet.pass(2 * minuteMs);
      fleet.commands.pollers.clear();
      fleet.commands.ticks.clear();
      const polls = () =>
        fleet.wechat.calls().filter(({ endpoint }) => endpoint === "getupdates").length;
      const pollsBefore = polls();
      await fleet.pass(minutes * minuteMs);
      const each = (sum: number) => sum / minutes / accounts;
      return [
        {
          name: "database commands of the poller per idle account and minute",
          value: each(sum(fleet.commands.pollers)),
          unit: "",
          goal: { most: 1 },
        },
        {
          name: "database commands of its tick",
          value: each(sum(fleet.commands.ticks)),
          unit: "",
          goal: { most: 2 },
          note: "a tick that finds its account in good hands",
        },
        {
          name: "HTTP calls per idle account and minute",
          value: each(polls() - pollsBefore),
          unit: "",
          note: "one poll per hold of 35 s",
        },
        { name: "SQS requests per idle account and minute", value: 0, unit: "", note: "no job" },
      ];
    } finally {
      await fleet.stop();
    }
  });
}

function sum(commands: ReadonlyMap<string, number>): number {
  const counted = [...commands].filter(([command]) => !command.startsWith("endSessions"));
  return counted.reduce((total, [, count]) => total + count, 0);
}
