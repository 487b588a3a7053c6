import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";

const file = new URL("stage-source.ts", import.meta.url).href;
const program = `
  const { stageSource } = await import(${JSON.stringify(file)});
  const { MONGODB_URI, MONGODB_DATABASE, HUB_STAGE, HERMES_PLACES } = stageSource(process.env);
  process.stdout.write(JSON.stringify({ MONGODB_URI, MONGODB_DATABASE, HUB_STAGE, HERMES_PLACES }));
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hub-stage-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A process each, since what is linked is read once. */
async function readBy(environment: Record<string, string>): Promise<unknown> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", program],
    { cwd: folder, env: environment },
  );
  return JSON.parse(stdout);
}

const own = { MONGODB_URI: "mongodb://here/", MONGODB_DATABASE: "mine" };
const inShell = {
  SST_RESOURCE_App: JSON.stringify({ name: "wechat-clawbot-hub", stage: "staging" }),
  SST_RESOURCE_MongodbUri: JSON.stringify({
    type: "sst.sst.Secret",
    value: "mongodb+srv://atlas/",
  }),
};

test("on one machine it is the environment", async () => {
  expect(await readBy(own)).toEqual(own);
});

test("inside sst shell it is the stage's database and secrets, and nothing of the machine's own hub", async () => {
  expect(await readBy({ ...own, ...inShell })).toEqual({
    MONGODB_URI: "mongodb+srv://atlas/",
    MONGODB_DATABASE: "clawbot_hub_staging",
    HUB_STAGE: "staging",
  });
});

test("what the stage's own file says goes before what follows from its name", async () => {
  await writeFile(join(folder, ".env.staging"), "MONGODB_DATABASE=shared\nHERMES_PLACES=7\n");
  expect(await readBy({ ...own, ...inShell })).toMatchObject({
    MONGODB_DATABASE: "shared",
    HERMES_PLACES: "7",
  });
});
