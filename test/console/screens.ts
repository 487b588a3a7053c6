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
import { launchBrowser, signedIn, type Look } from "./open-console.ts";
import { serveHub, type ServedHub } from "./serve-hub.ts";

/**
 * `npm run screens [-- --only bots --rows 1000]`: a picture of every page with no, one and a thousand
 * rows, in both languages, both colours, on a desktop and a phone, into `.build/screens`.
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
for (const rows of rowCounts) {
  if (values.rows !== undefined && String(rows) !== values.rows) continue;
  await takeAll(client.db(`screens_${rows}`), rows, browser);
}

async function takeAll(db: Db, rows: RowCount, opened: Browser): Promise<void> {
  await migrate(db, (at) => policyStore(at).seed());
  const served = await serveHub(db, dist);
  try {
    const filled = await fillHub(served.api.deps, rows);
    for (const look of looks) {
      const { language, colors, size } = values;
      if (language !== undefined && look.language !== language) continue;
      if (colors !== undefined && look.colors !== colors) continue;
      if (size !== undefined && look.size !== size) continue;
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
    if (values.only !== undefined && !name.startsWith(values.only)) continue;
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
