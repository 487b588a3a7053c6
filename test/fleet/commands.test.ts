import { afterEach, expect, test, vi } from "vitest";
import { withDatabase } from "../with-database.ts";
import { PollFleet } from "./poll-fleet.ts";
import { seeded } from "./seeded.ts";

vi.setConfig({ testTimeout: 120_000 });

const database = withDatabase();
const minuteMs = 60_000;
let fleet: PollFleet;

afterEach(() => fleet.stop());

function sum(commands: ReadonlyMap<string, number>): number {
  const counted = [...commands].filter(([command]) => !command.startsWith("endSessions"));
  return counted.reduce((total, [, count]) => total + count, 0);
}

test("an idle account in a pack of 50 costs one database command a minute at the most", async () => {
  fleet = await PollFleet.start({ database, random: seeded(11) });
  const accounts = 50;
  for (let count = 0; count < accounts; count++) {
    await fleet.addBot();
    await fleet.pass(700);
  }
  await fleet.pass(2 * minuteMs);
  expect(await fleet.packs()).toEqual([accounts]);
  fleet.commands.pollers.clear();
  fleet.commands.ticks.clear();
  // Three whole generations of pollers, their hand-overs included.
  const minutes = 13;
  const before = fleet.started;
  await fleet.pass(minutes * minuteMs);
  expect(fleet.started - before).toBeGreaterThanOrEqual(3);
  const perAccount = sum(fleet.commands.pollers) / minutes / accounts;
  const perTick = sum(fleet.commands.ticks) / minutes / accounts;
  const each = [...fleet.commands.pollers]
    .filter(([command]) => !command.startsWith("endSessions"))
    .map(([command, count]) => `${command} ${(count / minutes).toFixed(1)}`);
  process.stdout.write(
    `database commands per account and idle minute: ${perAccount.toFixed(3)} (a pack of 50, per minute: ${each.join(", ")}); ` +
      `its tick's own look-ups: ${perTick.toFixed(2)}\n`,
  );
  expect(perAccount).toBeLessThanOrEqual(1);
  expect(perTick).toBeLessThanOrEqual(2);
  // Fewer than the looks alone would mean that some are not counted.
  expect(sum(fleet.commands.pollers) / minutes).toBeGreaterThan(15);
  expect(fleet.overlaps()).toBe(0);
});
