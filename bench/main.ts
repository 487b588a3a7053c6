import { parseArgs } from "node:util";
import { buildFunctions } from "#local/build-functions.ts";
import { startDatabase } from "#local/database/database.ts";
import { report, type Figure } from "./report.ts";

/** What a bench stands on. */
export type Bench = {
  databaseUri: string;
  /** A real mongod; else a stand-in whose plans say nothing of MongoDB's. */
  isMongod: boolean;
  /** Real time where a bench offers it. */
  real: boolean;
  say: (line: string) => void;
};

/**
 * `npm run bench -- [--only name,name] [--real]`: measures what the hub costs and bears, prints each
 * figure beside its goal and writes it to bench/results. `--real` has the price checked by ten
 * minutes in real time.
 */
const benches: Record<string, () => Promise<{ run(bench: Bench): Promise<Figure[]> }>> = {
  counted: () => import("./counted.ts"),
  idle: () => import("./idle.ts"),
  latency: () => import("./latency.ts"),
  pollers: () => import("./pollers.ts"),
  fleet: () => import("./fleet.ts"),
  price: () => import("./price.ts"),
  backlog: () => import("./backlog.ts"),
  growth: () => import("./growth.ts"),
  start: () => import("./start.ts"),
};

const { values: options } = parseArgs({
  options: { only: { type: "string" }, real: { type: "boolean", default: false } },
});
const say = (line: string) => process.stdout.write(`${line}\n`);
const wanted = options.only?.split(",") ?? Object.keys(benches);
const unknown = wanted.filter((name) => !(name in benches));
if (unknown.length > 0) {
  say(`There is no bench ${unknown.join(", ")}; there are ${Object.keys(benches).join(", ")}.`);
  process.exit(2);
}
await buildFunctions();
const database = await startDatabase({ dataDir: ":memory:", log: say });
try {
  for (const name of wanted) {
    const load = benches[name];
    if (!load) continue;
    const loaded = await load();
    const isMongod = database.kind !== "secantus";
    const figures = await loaded.run({
      databaseUri: database.uri,
      isMongod,
      real: options.real,
      say,
    });
    await report(name, figures, { database: database.description }, say);
  }
} finally {
  await database.stop();
}
