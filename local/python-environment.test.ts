import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { preparePython } from "./python-environment.ts";

test("where there is no Python, the message says what needs it and how to get it", async () => {
  const cacheDir = await mkdtemp(join(tmpdir(), "no-python-"));
  try {
    const prepared = preparePython(
      {
        name: "ministack",
        version: "1.0.0",
        packages: ["ministack==1.0.0"],
        oldestPython: [3, 10],
        purpose: "Trying the deployment",
      },
      { log: () => {}, cacheDir, searchPath: cacheDir },
    );
    await expect(prepared).rejects.toMatchObject({
      code: "python.missing",
      message: expect.stringMatching(
        /Trying the deployment needs ministack.*Python 3\.10 or newer.*apt-get install python3/s,
      ),
    });
    expect(await readdir(cacheDir)).toEqual([]);
  } finally {
    await rm(cacheDir, { recursive: true });
  }
});
