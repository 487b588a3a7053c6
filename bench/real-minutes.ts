import { setTimeout as wait } from "node:timers/promises";
import { diff } from "#local/meter/meter.ts";
import { eventually } from "#local/eventually.ts";
import { realPace } from "#local/pace.ts";
import { pollSeconds } from "#scripts/cost/month.ts";
import { addLiveBots, startLiveHub } from "./live-hub.ts";
import type { Bench } from "./main.ts";
import type { Figure } from "./report.ts";

const minutes = 10;
const accounts = 10;
const gatheringMs = 30 * 60_000;

/**
 * Ten minutes of a whole hub at deployed durations: what Lambda billed for polling, in percent of
 * what the price takes it for. A price from shrunk time counts only where this is within 10.
 */
export async function realMinutes(bench: Bench): Promise<Figure> {
  const hub = await startLiveHub(bench, realPace);
  try {
    const bots = await addLiveBots(hub, accounts);
    // Each account's first tick starts a poller; what is priced is how they sit from then on.
    await eventually(
      "all sit in one poller",
      async () => (hub.host.running("poll").length === 1 ? true : null),
      gatheringMs,
    );
    const before = hub.meter.snapshot();
    const beganAt = Date.now();
    const already = hub.host.running("poll").map(({ startedAt }) => +startedAt);
    await wait(minutes * 60_000);
    const used = diff(before, hub.meter.snapshot()).functions["poll"];
    const startedAt = hub.host.running("poll").map((each) => +each.startedAt);
    const atWorkMs = startedAt.map((at) => Date.now() - Math.max(at, beganAt));
    // Billed whole when it ended, though it began before.
    const earlierMs = already.filter((at) => !startedAt.includes(at)).map((at) => beganAt - at);
    const sum = (times: readonly number[]) => times.reduce((total, each) => total + each, 0);
    const seconds = ((used?.billedMs ?? 0) + sum(atWorkMs) - sum(earlierMs)) / 1000;
    return {
      name: "ten minutes in real time: billed of what the price assumes",
      value: (seconds / pollSeconds(bots.length, minutes)) * 100,
      unit: "%",
      note: `${bots.length} accounts, ${seconds.toFixed(0)} s billed`,
    };
  } finally {
    await hub.stop();
  }
}
