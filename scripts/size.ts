import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { MongoClient } from "mongodb";
import { migrate } from "#core/database/migrate.ts";
import { holdSystemLease } from "#core/database/system.ts";
import { policyStore } from "#core/policies/policy.store.ts";
import type { FunctionName } from "#infra/figures.ts";
import { bundleFunction, functionNames } from "#local/build-functions.ts";
import { startDatabase } from "#local/database/database.ts";
import { sizeOf, type BundleSize } from "./size/bundle-sizes.ts";
import { startTimes, type Start } from "./size/start-time.ts";

/**
 * `npm run size -- [--rounds 7] [--json]`: what is in each function's bundle, how large its zip is,
 * and how long it takes from nothing to its first event against a bundle of bare mongodb. Exits with
 * 1 above a limit.
 */
const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    json: { type: "boolean", default: false },
  },
});
const root = join(import.meta.dirname, "..");
const folder = join(root, ".build", "size");
const mostZipKb = 700;
const mostTimesBare = 2;
const shownParts = 12;
const say = (line: string) => process.stdout.write(`${line}\n`);

/** An event that each function handles without anybody outside: nobody's tick, no job, no round. */
const firstEvents: Record<FunctionName, unknown> = {
  poll: { accountId: "acc_nobody" },
  agent: { Records: [] },
  retry: {},
  api: {
    version: "2.0",
    rawPath: "/api/health",
    rawQueryString: "",
    headers: { host: "hub.example" },
    requestContext: { http: { method: "GET", path: "/api/health" }, domainName: "hub.example" },
    isBase64Encoded: false,
  },
};

/** What the functions need in order to start; nothing is called but the database. */
const standInSettings = {
  CREDENTIAL_KEY: `k1:${Buffer.alloc(32).toString("base64")}`,
  AGENT_QUEUE_URL: "http://127.0.0.1:1/AgentQueue.fifo",
  DEAD_LETTER_QUEUE_URL: "http://127.0.0.1:1/AgentDeadLetters.fifo",
  SCHEDULE_ROLE_ARN: "arn:aws:iam::000000000000:role/schedules",
  POLL_FUNCTION_ARN: "arn:aws:lambda:us-east-1:000000000000:function:poll",
  HERMES_API_BASE_URL: "http://127.0.0.1:1/v1",
  HERMES_API_KEY: "a-key-of-hermes",
  API_TOKEN: "a-token-of-twenty-four-characters",
};

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
const bareBundle = join(folder, "bare.mjs");
await bundleFunction(join(import.meta.dirname, "size", "bare-mongodb.ts"), bareBundle, []);
const sizes = await Promise.all(functionNames.map(measure));
const times = await timeStarts();
const bareMs = times.get("bare") ?? Number.NaN;
const report = sizes.map((size) => {
  const startMs = times.get(size.name) ?? Number.NaN;
  return { ...size, zipKb: size.zipBytes / 1000, startMs, timesBare: startMs / bareMs };
});
const tooLarge = report.filter(({ zipKb }) => zipKb > mostZipKb);
const tooSlow = report.filter(({ timesBare }) => !(timesBare <= mostTimesBare));
if (options.json)
  say(JSON.stringify({ ok: tooLarge.length + tooSlow.length === 0, bareMs, report }));
else print();
for (const { name, zipKb } of tooLarge) {
  say(`✗ ${name}: its zip has ${zipKb.toFixed(0)} KB, more than ${mostZipKb}.`);
}
for (const { name, timesBare } of tooSlow) {
  say(
    `✗ ${name}: it starts in ${timesBare.toFixed(2)} times bare mongodb, more than ${mostTimesBare}.`,
  );
}
process.exitCode = tooLarge.length + tooSlow.length === 0 ? 0 : 1;

async function measure(name: FunctionName): Promise<BundleSize> {
  const file = join(folder, `${name}.mjs`);
  return sizeOf(name, await bundleFunction(join(root, "functions", `${name}.ts`), file));
}

async function timeStarts(): Promise<Map<string, number>> {
  const database = await startDatabase({ dataDir: ":memory:", log: say });
  const client = new MongoClient(database.uri);
  try {
    const db = client.db("size");
    await migrate(db, (at) => policyStore(at).seed());
    // Somebody else keeps this minute's promises, so that the retry Lambda is done at once.
    const [now, expiresAt] = [new Date(), new Date(Date.now() + 3_600_000)];
    await holdSystemLease(db, { name: "retry", holder: "size", now, expiresAt });
    const environment = { ...standInSettings, MONGODB_URI: database.uri, MONGODB_DATABASE: "size" };
    const starts: Start[] = functionNames.map((name) => ({
      name,
      bundle: join(folder, `${name}.mjs`),
      event: firstEvents[name],
      environment,
    }));
    starts.push({ name: "bare", bundle: bareBundle, event: {}, environment });
    return await startTimes(starts, Number(options.rounds));
  } finally {
    await client.close();
    await database.stop();
  }
}

function print(): void {
  for (const { name, bytes, zipKb, startMs, timesBare, parts } of report) {
    say(
      `${name}: zip ${zipKb.toFixed(0)} KB of ${mostZipKb}, code ${(bytes / 1000).toFixed(0)} KB, ` +
        `first event after ${startMs.toFixed(0)} ms, ${timesBare.toFixed(2)} times bare mongodb`,
    );
    for (const part of parts.slice(0, shownParts)) {
      say(`  ${(part.bytes / 1000).toFixed(0).padStart(6)} KB  ${part.name}`);
    }
    const rest = parts.slice(shownParts).reduce((sum, part) => sum + part.bytes, 0);
    say(`  ${(rest / 1000).toFixed(0).padStart(6)} KB  the rest`);
  }
  say(`bare mongodb: first event after ${bareMs.toFixed(0)} ms`);
}
