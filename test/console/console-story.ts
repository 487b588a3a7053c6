import type { Db } from "mongodb";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, inject } from "vitest";
import { launchBrowser } from "./open-console.ts";
import { serveHub, type ServedHub } from "./serve-hub.ts";

/** A served hub and a browser for the test file; call it at the top and use both inside tests. */
export function withConsole(db: () => Db): { served: () => ServedHub; browser: () => Browser } {
  let served: ServedHub | undefined;
  let browser: Browser | undefined;
  beforeAll(async () => {
    served = await serveHub(db(), inject("consoleDist"));
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
  });
  const given = <T>(what: T | undefined): T => {
    if (what === undefined) throw new Error("The hub is served only while tests run.");
    return what;
  };
  return { served: () => given(served), browser: () => given(browser) };
}

export function press(page: Page, name: string | RegExp): Promise<void> {
  return page.getByRole("button", { name }).click();
}

/** The page stands, nothing is loading any more. */
export async function openPage(page: Page, path: string): Promise<void> {
  await page.goto(path);
  // A dialog over the page hides its heading from assistive technology.
  await page.locator("h1").waitFor();
  await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
}
