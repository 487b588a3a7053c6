import { afterAll, beforeAll, expect, test } from "vitest";
import { withDatabase } from "../with-database.ts";
import { kept } from "./kept.ts";
import { Players } from "./play.ts";

const database = withDatabase();
const dayMs = 86_400_000;
/** More than a day tries, so that no day repeats another. */
const seedsADay = 1_000;
let players: Players;

beforeAll(async () => {
  players = await Players.start({ uri: database.uri, name: `${database.name}_model` });
});
afterAll(() => players.stop());

test.each(kept)(
  "$name",
  async ({ via, steps }) => {
    await expect(players.play(via, steps)).resolves.toBeUndefined();
  },
  300_000,
);

test("whatever people, WeChat, Hermes and Lambda do in which order, the model holds", async () => {
  const seed = Math.floor(Date.now() / dayMs) * seedsADay;
  process.stderr.write(`model: seed ${seed}, again with npm run test:model -- --seed ${seed}\n`);
  const { report, runs } = await players.tryRandom({ seed, runs: 200, timeMs: 60_000 });
  expect(report, `seed ${seed}`).toBeNull();
  expect(runs).toBeGreaterThan(0);
}, 600_000);
