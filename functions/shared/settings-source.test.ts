import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sealLinks } from "#test/infra/seal-links.ts";

const settingsSourceFile = new URL("settings-source.ts", import.meta.url).href;
const program = `
  const { settingsSource } = await import(${JSON.stringify(settingsSourceFile)});
  const { MONGODB_URI, API_TOKEN, LOG_LEVEL } = settingsSource(process.env);
  process.stdout.write(JSON.stringify({ MONGODB_URI, API_TOKEN, LOG_LEVEL }));
`;

let codeFolder: string;
beforeEach(async () => {
  codeFolder = await mkdtemp(join(tmpdir(), "hub-links-"));
});
afterEach(() => rm(codeFolder, { recursive: true }));

/** What a function started in the folder of its code reads; a process each, as links load once. */
async function readBy(environment: Record<string, string>): Promise<unknown> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", program],
    { cwd: codeFolder, env: environment },
  );
  return JSON.parse(stdout);
}

test("on one machine the environment holds all settings", async () => {
  const environment = { MONGODB_URI: "mongodb://here/", API_TOKEN: "t", LOG_LEVEL: "WARN" };
  expect(await readBy(environment)).toEqual(environment);
});

test("deployed, the linked secrets join the environment under their settings' names", async () => {
  const opened = await sealLinks(
    codeFolder,
    { MongodbUri: { type: "sst.sst.Secret", value: "mongodb+srv://atlas/" } },
    randomBytes(32),
  );
  expect(await readBy({ ...opened, LOG_LEVEL: "WARN" })).toEqual({
    MONGODB_URI: "mongodb+srv://atlas/",
    LOG_LEVEL: "WARN",
  });
});

test("a linked secret goes before a variable of the same name", async () => {
  const opened = await sealLinks(
    codeFolder,
    { MongodbUri: { type: "sst.sst.Secret", value: "mongodb+srv://atlas/" } },
    randomBytes(32),
  );
  expect(await readBy({ ...opened, MONGODB_URI: "mongodb://here/" })).toMatchObject({
    MONGODB_URI: "mongodb+srv://atlas/",
  });
});
