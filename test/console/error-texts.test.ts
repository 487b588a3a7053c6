import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { failureTable } from "#core/hermes/failure-table.ts";
import { causesInChinese } from "#console/texts/causes-zh.ts";
import { errorsInChinese } from "#console/texts/errors-zh.ts";

const root = join(import.meta.dirname, "..", "..");

test("each error that the api gives by a code has words in Chinese", async () => {
  const codes = new Set<string>();
  for await (const file of glob("{core,functions}/**/*.ts", { cwd: root })) {
    if (file.includes(".test.")) continue;
    const text = await readFile(join(root, file), "utf8");
    const made = text.matchAll(/new RequestError\(\s*"[a-z_]+",\s*"([a-z_]+\.[a-z_]+)"/g);
    const answered = text.matchAll(/code: "([a-z_]+\.[a-z_]+)",\s*message/g);
    for (const [, code] of [...made, ...answered]) if (code !== undefined) codes.add(code);
  }
  expect(codes.size).toBeGreaterThan(35);
  expect([...codes].filter((code) => !(code in errorsInChinese))).toEqual([]);
});

test("each way in which Hermes can fail has words in Chinese", () => {
  expect(Object.keys(causesInChinese).sort()).toEqual(Object.keys(failureTable).sort());
});

test("they say what it means and what to do, in Chinese", () => {
  for (const [code, sentences] of Object.entries(errorsInChinese)) {
    for (const sentence of sentences) expect(sentence, code).toMatch(/\p{Script=Han}.*。$/u);
  }
});
