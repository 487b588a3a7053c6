import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { z } from "zod";
import { startDatabase } from "#local/database/database.ts";
import { Players } from "./play.ts";

const number = z.coerce.number().int().min(1);
const Options = z.object({
  runs: number.default(100),
  seed: z.coerce.number().int().optional(),
  seconds: number.optional(),
});

const text = { type: "string" } as const;
const given = parseArgs({ options: { runs: text, seed: text, seconds: text } }).values;
const { runs, seed = Math.floor(Math.random() * 2 ** 31), seconds } = Options.parse(given);

const say = (line: string) => process.stderr.write(`${line}\n`);
const database = await startDatabase({ dataDir: ":memory:", log: say });
const name = `model_${randomUUID().slice(0, 8)}`;
const players = await Players.start({ uri: database.uri, name });
say(`seed ${seed}, up to ${runs} runs`);
const result = await players.tryRandom({
  seed,
  runs,
  ...(seconds === undefined ? {} : { timeMs: seconds * 1000 }),
});
await players.stop();
await database.stop();
process.stdout.write(`${result.report ?? `${result.runs} runs, all held (seed ${seed})`}\n`);
process.exitCode = result.report === null ? 0 : 1;
