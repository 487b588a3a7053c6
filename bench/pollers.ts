import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { MongoClient } from "mongodb";
import { z } from "zod";
import { accountStore } from "#core/accounts/account.store.ts";
import { sealToken } from "#core/accounts/credentials.ts";
import { systemClock } from "#core/shared/clock.ts";
import { idMaker } from "#core/shared/ids.ts";
import { bundleFunction } from "#local/build-functions.ts";
import { startWechatSim } from "#local/wechat-sim/server.ts";
import { approvedAccount } from "#test/records.ts";
import { scanBot } from "#test/small-hub.ts";
import { testDeps } from "#test/test-deps.ts";
import { withFleetDatabase } from "./fleet-database.ts";
import type { Bench } from "./main.ts";
import type { Figure } from "./report.ts";

const Told = z.object({ memoryMb: z.number(), delayP99Ms: z.number(), cpuShare: z.number() });
const seconds = 20;

/** One poller in a process of its own, bundled as deployed, with more and more accounts. */
export async function run(bench: Bench): Promise<Figure[]> {
  const bundle = join(import.meta.dirname, "..", ".build", "bench", "poller.mjs");
  await bundleFunction(join(import.meta.dirname, "poller-process.ts"), bundle);
  const figures: Figure[] = [];
  for (const accounts of [10, 50, 100, 200]) {
    const name = `pollers_${randomUUID().slice(0, 8)}`;
    figures.push(...(await withFleetDatabase(bench, name, (at) => hold(at, bundle, accounts))));
  }
  return figures;
}

async function hold(
  database: { uri: string; name: string },
  bundle: string,
  accounts: number,
): Promise<Figure[]> {
  const wechat = await startWechatSim({ config: { polling: { holdMs: 5_000 } } });
  const client = await MongoClient.connect(database.uri, { ignoreUndefined: true });
  try {
    const clock = systemClock();
    const given = testDeps(client.db(database.name));
    const deps = { ...given, clock, newId: idMaker(() => clock.now()) };
    const botIds: string[] = [];
    for (let n = 0; n < accounts; n++) {
      const { userId } = wechat.createUser({ name: "owner" });
      const { botId, botToken } = await scanBot(wechat, userId);
      const keys = deps.settings.credentials.CREDENTIAL_KEY;
      const credential = sealToken(keys, botId, botToken);
      const known = { botId, ilinkUserId: userId, credential, baseUrl: wechat.url };
      await accountStore(client.db(database.name)).insert(approvedAccount(deps, known));
      botIds.push(botId);
    }
    const run = promisify(execFile)(process.execPath, [bundle, String(seconds)], {
      env: {
        PATH: process.env["PATH"],
        BENCH_DATABASE_URI: database.uri,
        BENCH_DATABASE_NAME: database.name,
        BENCH_WECHAT_URL: wechat.url,
        BENCH_PACK_SIZE: String(accounts),
      },
    });
    const { stdout } = await run;
    const told = Told.parse(JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}"));
    const stats = botIds.map((botId) => wechat.pollStats({ botId }));
    const overlaps = Object.values(wechat.overlaps()).reduce((sum, count) => sum + count, 0);
    const covered = stats.map(({ coveredMs }) => coveredMs / (seconds * 1000));
    const is50 = accounts === 50;
    return [
      {
        name: `${accounts} accounts: memory`,
        value: told.memoryMb,
        unit: "MB",
        ...(is50 && { goal: { most: 256 } }),
        note: "plain HTTP; each TLS connection adds about 0.2 MB",
      },
      { name: `${accounts} accounts: event-loop delay p99`, value: told.delayP99Ms, unit: "ms" },
      {
        name: `${accounts} accounts: processor`,
        value: told.cpuShare * 100,
        unit: "% of one core",
      },
      {
        name: `${accounts} accounts: least coverage in its ${seconds} s`,
        value: Math.min(...covered) * 100,
        unit: "%",
        note: "from nothing: start and taking the leases are in it",
      },
      { name: `${accounts} accounts: polls that overlapped`, value: overlaps, unit: "" },
    ];
  } finally {
    await client.close();
    await wechat.stop();
  }
}
