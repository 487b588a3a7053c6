import { describe, expect, test } from "vitest";
import { places } from "#console/frame/navigation.ts";
import { withDatabase } from "#test/with-database.ts";
import { wrongFor } from "./axe.ts";
import { openPage, withConsole } from "./console-story.ts";
import { openConsole, password, signedIn, sizes, type Look } from "./open-console.ts";

const { db } = withDatabase();
const { served, browser } = withConsole(db);

const paths = [...places.map(({ path }) => path), "/bots/new"];

/** Each page once, the looks in turns, so that every two of them meet. */
const looks: readonly Partial<Look>[] = [
  { language: "zh", colors: "light", size: "desktop" },
  { language: "en", colors: "dark", size: "phone" },
  { language: "zh", colors: "dark", size: "desktop" },
  { language: "en", colors: "light", size: "phone" },
];

describe("with nothing in the hub yet", () => {
  test.each(paths.map((path, index) => ({ path, ...looks[index % looks.length] })))(
    "$path in $language, $colors, on a $size",
    async ({ path, ...look }) => {
      const { page, complaints } = await signedIn(served(), browser(), { look });
      await openPage(page, path);
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
  const { page } = await signedIn(served(), browser());
  await page.goto("/no/such/page");
  await page.getByRole("heading", { level: 1 }).waitFor();
  expect(await wrongFor(page)).toEqual([]);
  await page.context().close();
});

test("somebody signs in, and lands on the page they asked for", async () => {
  const { name } = await signedIn(served(), browser());
  const { page } = await openConsole(served(), browser());
  await page.goto("/bots?status=suspended");
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password", { exact: true }).fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText("The sign-in was refused").waitFor();
  expect(await page.getByLabel("Name").inputValue(), "what was typed stays").toBe(name);
  expect(await wrongFor(page)).toEqual([]);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { level: 1, name: "Bots" }).waitFor();
  expect(page.url()).toContain("status=suspended");
  await page.context().close();
});
