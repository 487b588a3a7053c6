import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { MongoClient, type Db } from "mongodb";
import type { Browser } from "playwright-core";
import { migrate } from "#core/database/migrate.ts";
import { policyStore } from "#core/policies/policy.store.ts";
import { places } from "#console/frame/navigation.ts";
import { buildConsole } from "#local/console/serve-console.ts";
import { startDatabase } from "#local/database/database.ts";
import { fillHub, rowCounts, type Filled, type RowCount } from "./fill-hub.ts";
import { takeDoorScreens } from "./door-screens.ts";
import { launchBrowser, signedIn, type Look } from "./open-console.ts";
import { takeRescanScreens } from "./rescan-screens.ts";
import { serveHub, type ServedHub } from "./serve-hub.ts";

/**
 * `npm run screens [-- --only bots --rows 1000]`: a picture of every page with no, one and a thousand
 * rows, in both languages, both colours, on a desktop and a phone, into `.build/screens`; and of what
 * is seen before the sign-in (`door`) and behind a rescan link (`rescan`).
 */
const { values } = parseArgs({
  options: {
    only: { type: "string" },
    rows: { type: "string" },
    language: { type: "string" },
    colors: { type: "string" },
    size: { type: "string" },
    out: { type: "string", default: join(".build", "screens") },
  },
});

const looks: Look[] = (["zh", "en"] as const).flatMap((language) =>
  (["light", "dark"] as const).flatMap((colors) =>
    (["desktop", "phone"] as const).map((size) => ({ language, colors, size })),
  ),
);

const say = (line: string) => process.stderr.write(`${line}\n`);
const dist = await mkdtemp(join(tmpdir(), "console-dist-"));
await buildConsole(dist);
await using parts = new AsyncDisposableStack();
parts.defer(() => rm(dist, { recursive: true }));
const database = await startDatabase({ dataDir: ":memory:", log: say });
parts.defer(() => database.stop());
const client = new MongoClient(database.uri, { ignoreUndefined: true });
parts.defer(() => client.close());
const browser = await launchBrowser();
parts.defer(() => browser.close());
await mkdir(values.out, { recursive: true });
if (isWanted("door")) await takeDoors(client.db("screens_doors"), browser);
if (isWanted("rescan")) {
  for (const colors of ["light", "dark"] as const) {
    await takeRescanScreens(browser, { out: values.out, colors });
  }
  say("the pages of a rescan link");
}
for (const rows of rowCounts) {
  if (values.rows !== undefined && String(rows) !== values.rows) continue;
  await takeAll(client.db(`screens_${rows}`), rows, browser);
}

function isWanted(name: string): boolean {
  return values.only === undefined || name.startsWith(values.only);
}

/** As far as the command line asks for it. */
function wantedLooks(): Look[] {
  const { language, colors, size } = values;
  return looks.filter(
    (look) =>
      (language === undefined || look.language === language) &&
      (colors === undefined || look.colors === colors) &&
      (size === undefined || look.size === size),
  );
}

async function takeDoors(db: Db, opened: Browser): Promise<void> {
  await migrate(db, (at) => policyStore(at).seed());
  const served = await serveHub(db, dist);
  try {
    for (const look of wantedLooks()) {
      await takeDoorScreens(served, opened, { look, out: values.out });
    }
    say("what is seen before the sign-in");
  } finally {
    await served.stop();
  }
}

async function takeAll(db: Db, rows: RowCount, opened: Browser): Promise<void> {
  await migrate(db, (at) => policyStore(at).seed());
  const served = await serveHub(db, dist);
  try {
    const filled = await fillHub(served.api.deps, rows);
    for (const look of wantedLooks()) {
      await takeLook(served, opened, { look, rows, filled });
    }
  } finally {
    await served.stop();
  }
}

async function takeLook(
  served: ServedHub,
  opened: Browser,
  { look, rows, filled }: { look: Look; rows: RowCount; filled: Filled | null },
): Promise<void> {
  const { page } = await signedIn(served, opened, { look });
  const wanted = [
    ...places.map(({ path, text }) => ({ path, name: text })),
    { path: "/bots/new", name: "add-bot" },
    ...["retrying", "unconfirmed", "dead", "jobs"].map((state) => {
      return { path: `/delivery?state=${state}`, name: `delivery-${state}` };
    }),
    { path: "/runs?view=bots", name: "runs-by-bot" },
    ...(filled === null ? [] : thingsOf(filled)),
  ];
  for (const { path, name } of wanted) {
    if (!isWanted(name)) continue;
    await page.goto(path);
    await page.locator("h1").waitFor();
    await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
    await page.waitForLoadState("networkidle");
    const file = [name, rows, look.language, look.colors, look.size].join("-");
    await page.screenshot({ path: join(values.out, `${file}.png`) });
  }
  say(`${rows} rows, ${look.language}, ${look.colors}, ${look.size}`);
  await page.context().close();
}

function thingsOf({ botId, conversationId, runId }: Filled) {
  return [
    { path: `/bots/${botId}`, name: "bot" },
    { path: `/inbox/${conversationId}`, name: "inbox-one" },
    { path: `/runs/${runId}`, name: "runs-one" },
  ];
}
