import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { costPage } from "./page.ts";
import { monthOf } from "./month.ts";

const metered = {
  at: "2026-11-22",
  messages: 20,
  agentBilledMs: 345,
  queueRequests: 3.7,
  logBytes: 772,
};

/** The page as it is meant, whatever the formatter makes of its tables. */
function plain(page: string): string {
  return page.replaceAll(/[ -]+/g, " ").replaceAll(/\| :?/g, "|");
}

test("docs/cost.md is what npm run cost computes", async () => {
  const figures: unknown = JSON.parse(
    await readFile(new URL("metered.json", import.meta.url), "utf8"),
  );
  expect(figures).toEqual(metered);
  const page = await readFile(new URL("../../docs/cost.md", import.meta.url), "utf8");
  const dollars = (text: string) => text.match(/\$\d[\d.]*/g);
  expect(dollars(plain(page))).toEqual(dollars(plain(costPage(metered))));
});

test("twice the messages cost twice the waiting, and no more polling", () => {
  const load = { accounts: 50, messagesPerDay: 30, hermesSeconds: 20 };
  const [one, two] = [load, { ...load, messagesPerDay: 60 }].map((each) => monthOf(each, metered));
  const waiting = "waiting for Hermes, answering";
  expect((two?.[waiting] ?? 0) / (one?.[waiting] ?? 1)).toBeCloseTo(2);
  expect(two?.polling).toBe(one?.polling);
});
