import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import sparticuz from "@sparticuz/chromium";
import lighthouse, { desktopConfig } from "lighthouse";
import { MongoClient } from "mongodb";
import { chromium } from "playwright-core";
import { z } from "zod";
import { migrate } from "#core/database/migrate.ts";
import { policyStore } from "#core/policies/policy.store.ts";
import { createUser } from "#core/users/manage-users.ts";
import { buildConsole } from "#local/console/serve-console.ts";
import { startDatabase } from "#local/database/database.ts";
import { eventually } from "#local/eventually.ts";
import { quietPort } from "#local/quiet-port.ts";
import { operator } from "#test/records.ts";
import { fillHub } from "./fill-hub.ts";
import { password } from "./open-console.ts";
import { serveHub, type ServedHub } from "./serve-hub.ts";

/**
 * `npm run lighthouse [-- --only bots --times 1]`: the scores of overview, bots and inbox of a hub with a thousand bots, on a
 * desktop and a phone, the median of three each, served compressed. Fails when accessibility is
 * below 100; performance is printed.
 */
const pages = { overview: "/", bots: "/bots", inbox: "/inbox" } as const;
const forms = ["desktop", "mobile"] as const;
const { values } = parseArgs({
  options: { only: { type: "string" }, times: { type: "string", default: "3" } },
});

const Value = z.object({ displayValue: z.string().default("") });
const Report = z.object({
  audits: z.object({
    "largest-contentful-paint": Value,
    "total-blocking-time": Value,
    "cumulative-layout-shift": Value,
  }),
  categories: z.object({
    performance: z.object({ score: z.number().nullable() }),
    accessibility: z.object({ score: z.number().nullable() }),
  }),
});

const say = (line: string) => process.stderr.write(`${line}\n`);
await using parts = new AsyncDisposableStack();
const dist = await mkdtemp(join(tmpdir(), "console-dist-"));
parts.defer(() => rm(dist, { recursive: true }));
await buildConsole(dist);
const database = await startDatabase({ dataDir: ":memory:", log: say });
parts.defer(() => database.stop());
const client = new MongoClient(database.uri, { ignoreUndefined: true });
parts.defer(() => client.close());
const db = client.db("lighthouse");
await migrate(db, (at) => policyStore(at).seed());
const served = await serveHub(db, dist);
parts.defer(() => served.stop());
await fillHub(served.api.deps, 1000);
const port = await startChromium(parts);
await signIn(served, port);

let isAccessible = true;
for (const [name, path] of Object.entries(pages)) {
  if (values.only !== undefined && values.only !== name) continue;
  for (const form of forms) {
    const reports = [];
    for (let time = 0; time < Number(values.times); time++) reports.push(await measure(path, form));
    const performance = median(reports.map((report) => report.performance));
    const accessibility = median(reports.map((report) => report.accessibility));
    isAccessible &&= accessibility === 100;
    process.stdout.write(
      `${name.padEnd(10)}${form.padEnd(10)}performance ${performance}  accessibility ${accessibility}  ${reports.at(-1)?.why}\n`,
    );
  }
}
if (!isAccessible) {
  say("Accessibility is below 100, see above.");
  process.exitCode = 1;
}

/** A browser of its own, as Lighthouse measures nothing in one that Playwright drives. */
async function startChromium(stack: AsyncDisposableStack): Promise<number> {
  const profile = await mkdtemp(join(tmpdir(), "lighthouse-"));
  stack.defer(() => rm(profile, { recursive: true, force: true, maxRetries: 5 }));
  const debugPort = await quietPort();
  const browser = spawn(
    await sparticuz.executablePath(),
    [
      "--headless=new",
      "--no-sandbox",
      `--remote-debugging-port=${debugPort}`,
      `--user-data-dir=${profile}`,
      "about:blank",
    ],
    { stdio: "ignore" },
  );
  const ended = once(browser, "exit");
  stack.defer(async () => {
    browser.kill();
    await ended;
  });
  await eventually("Chromium listens", async () => {
    return (await fetch(`http://127.0.0.1:${debugPort}/json/version`)).ok || null;
  });
  return debugPort;
}

/** Leaves the session's cookie in the browser's profile. */
async function signIn({ api, url }: ServedHub, debugPort: number): Promise<void> {
  const name = "lighthouse";
  await createUser(api.deps, operator, { name, role: "owner", labels: null, password });
  const browser = await chromium.connectOverCDP(`http://127.0.0.1:${debugPort}`);
  const [context] = browser.contexts();
  if (!context) throw new Error("The browser has no profile.");
  const answer = await context.request.post(`${url}/api/sign-in`, { data: { name, password } });
  if (!answer.ok()) throw new Error(`The sign-in was answered ${answer.status()}.`);
  await browser.close();
}

async function measure(path: string, form: (typeof forms)[number]) {
  const flags = {
    port,
    output: "json" as const,
    logLevel: "error" as const,
    onlyCategories: ["performance", "accessibility"],
    // The session's cookie stays.
    disableStorageReset: true,
  };
  const result = await lighthouse(
    `${served.url}${path}`,
    flags,
    form === "desktop" ? desktopConfig : undefined,
  );
  const { categories, audits } = Report.parse(result?.lhr);
  const points = (score: number | null) => Math.round((score ?? 0) * 100);
  return {
    performance: points(categories.performance.score),
    accessibility: points(categories.accessibility.score),
    why: Object.entries(audits)
      .map(([name, { displayValue }]) => `${name} ${displayValue}`)
      .join(", "),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
