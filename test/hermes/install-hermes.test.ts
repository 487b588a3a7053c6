import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { prepareHermes } from "./install-hermes.ts";

test("without a Python that fits, it says so and what to do, and leaves nothing behind", async () => {
  const cacheDir = await mkdtemp(path.join(tmpdir(), "no-python-"));
  onTestFinished(() => rm(cacheDir, { recursive: true }));
  const said: string[] = [];
  const preparing = prepareHermes({
    log: (line) => said.push(line),
    cacheDir,
    searchPath: cacheDir,
  });
  await expect(preparing).rejects.toMatchObject({
    name: "HermesInstallError",
    code: "hermes.python_missing",
    message: expect.stringMatching(/needs Python 3\.11, 3\.12 or 3\.13.*Install one/),
  });
  expect(said).toEqual([]);
  expect(await readdir(cacheDir)).toEqual([]);
});
