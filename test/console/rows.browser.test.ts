import type { Page } from "playwright-core";
import { MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { migrate } from "#core/database/migrate.ts";
import { policyStore } from "#core/policies/policy.store.ts";
import { places } from "#console/frame/navigation.ts";
import { wrongFor } from "./axe.ts";
import { openPage } from "./console-story.ts";
import { fillHub, type Filled, type RowCount } from "./fill-hub.ts";
import { launchBrowser, signedIn, sizes, type Look } from "./open-console.ts";
import { serveHub, type ServedHub } from "./serve-hub.ts";

/**
 * Every two of rows, language, colours and size meet in one of these; no rows at all is what
 * `pages.browser.test.ts` opens each page with.
 */
const sets: readonly (Look & { rows: RowCount })[] = [
  { rows: 1, language: "zh", colors: "light", size: "phone" },
  { rows: 1, language: "en", colors: "dark", size: "desktop" },
  { rows: 1000, language: "zh", colors: "dark", size: "phone" },
  { rows: 1000, language: "en", colors: "light", size: "desktop" },
];

const lists = [...places.map(({ path }) => path), "/bots/new", "/runs?view=bots"];
const deliveries = ["retrying", "unconfirmed", "dead", "jobs"].map(
  (state) => `/delivery?state=${state}`,
);

function pathsOf({ botId, conversationId, runId }: Filled): string[] {
  const things = [`/bots/${botId}`, `/inbox/${conversationId}`, `/runs/${runId}`];
  return [...lists, ...deliveries, ...things];
}

async function wrongOn(page: Page, path: string, width: number): Promise<string[]> {
  await openPage(page, path);
  const wrong = await wrongFor(page);
  const shown = await page.evaluate(() => document.documentElement.scrollWidth);
  return shown > width ? [...wrong, `it is ${shown} px wide on a screen of ${width}`] : wrong;
}

describe.each([1, 1000] as const)("with %i rows", (rows) => {
  const client = new MongoClient(inject("databaseUri"), { ignoreUndefined: true });
  const db = client.db(`rows_${rows}`);
  let served: ServedHub;
  let filled: Filled;
  beforeAll(async () => {
    await migrate(db, (at) => policyStore(at).seed());
    served = await serveHub(db, inject("consoleDist"));
    const first = await fillHub(served.api.deps, rows);
    if (!first) throw new Error("The hub is empty.");
    filled = first;
  });
  afterAll(async () => {
    await served?.stop();
    await db.dropDatabase();
    await client.close();
  });

  test.each(sets.filter((set) => set.rows === rows))(
    "in $language, $colors, on a $size axe finds nothing on any page",
    async (look) => {
      const browser = await launchBrowser();
      const { page, complaints } = await signedIn(served, browser, { look });
      const wrong: Record<string, string[]> = {};
      for (const path of pathsOf(filled)) {
        const found = await wrongOn(page, path, sizes[look.size].width);
        if (found.length > 0) wrong[path] = found;
      }
      expect(wrong).toEqual({});
      expect(complaints).toEqual([]);
      await browser.close();
    },
  );
});
