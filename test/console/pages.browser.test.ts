import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { places } from "#console/frame/navigation.ts";
import { withDatabase } from "#test/with-database.ts";
import { wrongFor } from "./axe.ts";
import {
  launchBrowser,
  openConsole,
  password,
  signedIn,
  sizes,
  type Look,
} from "./open-console.ts";
import { serveHub, type ServedHub } from "./serve-hub.ts";

const { db } = withDatabase();
let served: ServedHub;
let browser: Browser;
beforeAll(async () => {
  served = await serveHub(db(), inject("consoleDist"));
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await served?.stop();
});

const paths = [...places.map(({ path }) => path), "/bots/new"];

/** Each page once, the looks in turns, so that every two of them meet. */
const looks: readonly Partial<Look>[] = [
  { language: "zh", colors: "light", size: "desktop" },
  { language: "en", colors: "dark", size: "phone" },
  { language: "zh", colors: "dark", size: "desktop" },
  { language: "en", colors: "light", size: "phone" },
];

async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.locator("[aria-busy=true]").waitFor({ state: "detached" });
}

describe("with nothing in the hub yet", () => {
  test.each(paths.map((path, index) => ({ path, ...looks[index % looks.length] })))(
    "$path in $language, $colors, on a $size",
    async ({ path, ...look }) => {
      const { page, complaints } = await signedIn(served, browser, { look });
      await open(page, path);
      expect(await wrongFor(page)).toEqual([]);
      expect(complaints).toEqual([]);
      const { width } = sizes[look.size ?? "desktop"];
      const shown = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(shown, "the page is wider than the screen").toBeLessThanOrEqual(width);
      await page.context().close();
    },
  );
});

test("an address that is no page says so", async () => {
  const { page } = await signedIn(served, browser);
  await page.goto("/no/such/page");
  await page.getByRole("heading", { level: 1 }).waitFor();
  expect(await wrongFor(page)).toEqual([]);
  await page.context().close();
});

test("somebody signs in, and lands on the page they asked for", async () => {
  const { name } = await signedIn(served, browser);
  const { page } = await openConsole(served, browser);
  await page.goto("/bots?status=suspended");
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password", { exact: true }).fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  expect(await page.getByLabel("Name").inputValue(), "what was typed stays").toBe(name);
  expect(await wrongFor(page)).toEqual([]);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { level: 1, name: "Bots" }).waitFor();
  expect(page.url()).toContain("status=suspended");
  await page.context().close();
});
