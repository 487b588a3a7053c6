import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { sourceVersion } from "./source-version.ts";

test("the version changes with what the api is made of, and with nothing else", async () => {
  const root = await mkdtemp(join(tmpdir(), "source-version-"));
  onTestFinished(() => rm(root, { recursive: true }));
  const write = async (file: string, text: string) => writeFile(join(root, file), text);
  for (const folder of ["core/users", "functions", "docs"]) {
    await mkdir(join(root, folder), { recursive: true });
  }
  await write("core/users/user.ts", "one");
  await write("functions/api.ts", "two");
  await write("package-lock.json", "{}");
  const first = sourceVersion(root);
  expect(first).toMatch(/^[0-9a-f]{12}$/);
  await write("docs/page.md", "words");
  await write("core/users/user.test.ts", "a test");
  expect(sourceVersion(root)).toBe(first);
  const versions = new Set([first]);
  await write("core/users/user.ts", "another");
  versions.add(sourceVersion(root));
  await write("functions/new.ts", "");
  versions.add(sourceVersion(root));
  await write("package-lock.json", "{ }");
  versions.add(sourceVersion(root));
  expect(versions.size).toBe(4);
});
