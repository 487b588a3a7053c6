import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { settingSlices } from "#core/settings/settings.ts";
import { functionFigures } from "./figures.ts";
import { functionSlices } from "./function-slices.ts";
import { secretNames } from "./secret-names.ts";

const folder = new URL("../functions/", import.meta.url);
const entries = (await readdir(folder)).filter((file) => file.endsWith(".ts"));
const settings = Object.values(settingSlices).flatMap(({ shape }) => Object.keys(shape));

test("each file of functions/ has its figures and its slices", () => {
  const names = entries.map((file) => file.replace(/\.ts$/, "")).toSorted();
  expect(Object.keys(functionFigures).toSorted()).toEqual(names);
  expect(Object.keys(functionSlices).toSorted()).toEqual(names);
});

test.each(Object.entries(functionSlices))(
  "infra says of %s what its layGround reads",
  async (name, slices) => {
    const source = await readFile(new URL(`${name}.ts`, folder), "utf8");
    const [, asked] = /layGround\(\s*"\w+",\s*\[([^\]]*)\]/.exec(source) ?? [];
    const names = [...(asked ?? "").matchAll(/"(\w+)"/g)].map(([, slice]) => slice);
    expect(names.toSorted()).toEqual([...slices].toSorted());
  },
);

test("each secret is a setting, under its own name in SST's spelling", () => {
  for (const [setting, secret] of Object.entries(secretNames)) {
    expect(settings, setting).toContain(setting);
    const words = setting.split("_").map((word) => `${word[0]}${word.slice(1).toLowerCase()}`);
    expect(secret).toBe(words.join(""));
  }
});
