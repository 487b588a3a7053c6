import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { failureTable } from "#core/hermes/failure-table.ts";
import { causesInChinese } from "#console/texts/causes-zh.ts";
import { errorsInChinese } from "#console/texts/errors-zh.ts";

const root = join(import.meta.dirname, "..", "..");

/** Whose codes are put together when they are needed, and which they can be. */
const putTogether: Readonly<Record<string, readonly string[]>> = {
  "core/conversations/may-write.ts": ["account", "login", "window", "credits"].map(
    (why) => `conversation.${why}`,
  ),
  "core/reviews/refusals.ts": ["review.over", "review.taken", "review.approved", "review.changed"],
  "functions/api/answer-error.ts": ["request.too_large", "request.invalid"],
  "functions/api/work-pages.ts": ["conversation.unknown", "run.unknown", "message.unknown"],
};

/** The codes that a file writes down, and whether it gives others as well. */
function codesIn(text: string): { codes: string[]; hasOthers: boolean } {
  const written = [
    /new RequestError\(\s*"[a-z_]+",\s*"([a-z_]+\.[a-z_]+)"/g,
    /code: "([a-z_]+\.[a-z_]+)",\s*message/g,
  ].map((pattern) => Array.from(text.matchAll(pattern), ([, code = ""]) => code));
  const made = [...text.matchAll(/new RequestError\(/g)].length;
  const hasOthers = made > (written[0]?.length ?? 0) || /code: `/.test(text);
  return { codes: written.flat(), hasOthers };
}

test("each error that the api gives by a code has words in Chinese; English are its own", async () => {
  const codes = new Set(Object.values(putTogether).flat());
  const others: string[] = [];
  for await (const file of glob("{core,functions}/**/*.ts", { cwd: root })) {
    if (file.includes(".test.")) continue;
    const found = codesIn(await readFile(join(root, file), "utf8"));
    for (const code of found.codes) codes.add(code);
    if (found.hasOthers) others.push(file.replaceAll("\\", "/"));
  }
  expect(others.toSorted()).toEqual(Object.keys(putTogether).toSorted());
  expect([...codes].filter((code) => !(code in errorsInChinese))).toEqual([]);
  expect(codes.size).toBeGreaterThan(50);
});

test("each way in which Hermes can fail has words in Chinese", () => {
  expect(Object.keys(causesInChinese).sort()).toEqual(Object.keys(failureTable).sort());
});

test("they say what it means and what to do, in Chinese", () => {
  for (const [code, sentences] of Object.entries(errorsInChinese)) {
    for (const sentence of sentences) expect(sentence, code).toMatch(/\p{Script=Han}.*。$/u);
  }
});
