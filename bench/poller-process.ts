import { monitorEventLoopDelay } from "node:perf_hooks";
import { MongoClient } from "mongodb";
import { runPoller } from "#core/polling/run-poller.ts";
import { plusSeconds, systemClock } from "#core/shared/clock.ts";
import { idMaker } from "#core/shared/ids.ts";
import { testDeps } from "#test/test-deps.ts";

/** One poller for so many seconds; its last line says what it took. Settings come as BENCH_*. */
const seconds = Number(process.argv[2]);
const { env } = process;
const client = new MongoClient(env["BENCH_DATABASE_URI"] ?? "", {
  ignoreUndefined: true,
  maxPoolSize: 5,
});
const clock = systemClock();
const given = testDeps(client.db(env["BENCH_DATABASE_NAME"]), {
  WECHAT_BASE_URL: env["BENCH_WECHAT_URL"] ?? "",
  POLL_PACK_SIZE: env["BENCH_PACK_SIZE"] ?? "50",
  POLL_LIFETIME_SECONDS: String(seconds),
  POLL_HOLD_SECONDS: "5",
  POLL_TAKE_INTERVAL_MS: "1000",
});
const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();
const cpuBefore = process.cpuUsage();
let memoryMb = 0;
const watch = setInterval(() => {
  memoryMb = Math.max(memoryMb, process.memoryUsage.rss() / 2 ** 20);
}, 500);
const deps = { ...given, clock, newId: idMaker(() => clock.now()) };
await runPoller(deps, plusSeconds(clock.now(), seconds + 30));
clearInterval(watch);
const { user, system } = process.cpuUsage(cpuBefore);
const cpuShare = (user + system) / 1e6 / seconds;
const told = { memoryMb, delayP99Ms: delay.percentile(99) / 1e6, cpuShare };
process.stdout.write(`\n${JSON.stringify(told)}\n`);
await client.close();
