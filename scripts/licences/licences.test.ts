import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { inventory } from "./inventory.ts";
import { objection } from "./judge.ts";
import { licencesPage } from "./page.ts";
import { readPackages } from "./read.ts";

/** The formatter pads the table's cells. */
function plain(page: string): string {
  return page.replaceAll(/[ -]+/g, " ");
}

test("docs/licences.md names every package of the lock file, and none is under a licence that is not permitted", async () => {
  const packages = await readPackages();
  expect(packages.flatMap((each) => objection(each) ?? [])).toEqual([]);
  const page = await readFile(new URL("../../docs/licences.md", import.meta.url), "utf8");
  expect(plain(page), "run `npm run licences -- --write`").toBe(plain(licencesPage(packages)));
});

test("what the functions and the console need is shipped, down to the last package", async () => {
  const packages = await readPackages();
  const shipped = packages.filter((each) => each.shipped).map(({ name }) => name);
  expect(shipped).toEqual(expect.arrayContaining(["mongodb", "bson", "react", "@mantine/core"]));
  expect(shipped).not.toContain("vitest");
  expect(shipped).not.toContain("axe-core");
});

test("a package inside another counts, and a copy that only a tool uses does not make it shipped", () => {
  const lock = {
    packages: {
      "": { dependencies: { app: "1" }, devDependencies: { tool: "1" } },
      "node_modules/app": { version: "1.0.0", license: "MIT", dependencies: { part: "1" } },
      "node_modules/app/node_modules/part": { version: "1.0.0", license: "ISC" },
      "node_modules/part": { version: "2.0.0", license: "GPL-3.0" },
      "node_modules/tool": { version: "1.0.0", license: "MPL-2.0", dependencies: { part: "2" } },
    },
  };
  expect(inventory(lock, [])).toEqual([
    { name: "app", version: "1.0.0", licence: "MIT", shipped: true },
    { name: "part", version: "1.0.0", licence: "ISC", shipped: true },
    { name: "part", version: "2.0.0", licence: "GPL-3.0", shipped: false },
    { name: "tool", version: "1.0.0", licence: "MPL-2.0", shipped: false },
  ]);
});

test.each([
  ["MIT", true, null],
  ["(GPL-2.0-only OR MIT)", true, null],
  ["MIT AND GPL-3.0-only", true, expect.stringContaining("not permitted in what is deployed")],
  ["MPL-2.0", false, null],
  ["MPL-2.0", true, expect.stringContaining("MPL-2.0")],
  ["SEE LICENSE IN file.txt", false, expect.stringContaining("not permitted as a tool")],
  [null, true, expect.stringContaining("states no licence")],
])("%s, shipped %s", (licence, shipped, expected) => {
  expect(objection({ name: "a", version: "1.0.0", licence, shipped })).toEqual(expected);
});
