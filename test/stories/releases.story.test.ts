import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Plugin } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { schemaVersion } from "#core/database/indexes.ts";
import { systemOf } from "#core/database/system.ts";
import { awayNotice } from "#core/policies/policy.ts";
import { jobVersion } from "#core/queue/job.ts";
import bundlePlugins from "#infra/bundle-plugins.mjs";
import type { FunctionName } from "#infra/figures.ts";
import { bundleFunction, bundlePath, functionNames } from "#local/build-functions.ts";
import { runsBecome, startStoryHub, type StoryContact, type StoryHub } from "./story-hub.ts";

const root = join(import.meta.dirname, "..", "..");
const folder = join(root, ".build", `releases-${process.pid}`);

/** The release after this one, as far as others see it: its jobs and its database carry its number. */
const nextRelease: Plugin = {
  name: "next-release",
  setup(build) {
    const raise = (file: RegExp, name: string, version: number) =>
      build.onLoad({ filter: file }, async ({ path }) => {
        const source = await readFile(path, "utf8");
        const declared = `export const ${name} = ${version};`;
        if (!source.includes(declared)) throw new Error(`${path} does not declare ${name}.`);
        return {
          contents: source.replace(declared, `export const ${name} = ${version + 1};`),
          loader: "ts",
        };
      });
    raise(/core[\\/]queue[\\/]job\.ts$/, "jobVersion", jobVersion);
    raise(/core[\\/]database[\\/]indexes\.ts$/, "schemaVersion", schemaVersion);
  },
};

const doorTo = (name: FunctionName) => join(folder, `${name}-door.mjs`);
const nextBundle = (name: FunctionName) => join(folder, name, "index.mjs");

/** What each instance of the function that starts from now on runs. */
function release(name: FunctionName, which: "this" | "next"): Promise<void> {
  const bundle = which === "this" ? bundlePath(name) : nextBundle(name);
  return writeFile(doorTo(name), `export { handler } from ${JSON.stringify(bundle)};\n`);
}

let hub: StoryHub;
let contact: StoryContact;
beforeAll(async () => {
  await mkdir(folder, { recursive: true });
  for (const name of functionNames) {
    const entry = join(root, "functions", `${name}.ts`);
    await bundleFunction(entry, nextBundle(name), [...bundlePlugins, nextRelease]);
    await release(name, "this");
  }
  hub = await startStoryHub("one bot for all contacts", {}, { bundles: doorTo });
  // What is sent fast here would be throttled, which is another story.
  hub.wechat.configure({ send: { burstLimit: null } });
  contact = await hub.contact();
});
afterAll(async () => {
  await hub?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The functions that changed hands start anew; what is at work goes on with what it runs. */
async function roll(names: readonly FunctionName[], to: "this" | "next"): Promise<void> {
  for (const name of names) {
    await release(name, to);
    await hub.host.setEnvironment(name, {});
  }
}

/** The last of so many bubbles; a function that changed hands first ends what it is at. */
async function shown(count: number): Promise<string | undefined> {
  await hub.wechat.waitFor(() => contact.reads().length >= count, 90_000);
  return contact.reads().at(-1);
}

/** A text in and an answer out; then Hermes away, the notice, and back. */
async function mainStory(round: string): Promise<void> {
  const count = contact.reads().length;
  contact.writes(`hello ${round}`);
  expect(await shown(count + 1)).toBe(`Hermes: hello ${round}`);
  await hub.hermes.off();
  contact.writes(`away ${round}`);
  expect(await shown(count + 2)).toBe(awayNotice);
  await hub.hermes.on();
  expect(await shown(count + 3)).toBe(`Hermes: away ${round}`);
  const runs = await contact.runs();
  await runsBecome(contact, ...runs.map(() => "sent"));
}

const rounds: readonly [string, () => Promise<unknown>][] = [
  ["before", async () => {}],
  ["migrated for the next release, which is not there yet", () => migrateAhead()],
  ["half of it new: those who push", () => roll(["poll", "api"], "next")],
  [
    "the other half new: those who work",
    async () => {
      await roll(["poll", "api"], "this");
      await roll(["agent", "retry"], "next");
    },
  ],
  ["all new", () => roll(functionNames, "next")],
  ["rolled back", () => roll(functionNames, "this")],
];

async function migrateAhead(): Promise<void> {
  await systemOf(hub.db).updateOne({ _id: "schema" }, { $set: { version: schemaVersion + 1 } });
}

test(
  "the main story holds through a release that goes on function by function, and is taken back",
  { timeout: 480_000 },
  async () => {
    for (const [round, change] of rounds) {
      await change();
      await mainStory(round).catch((cause: unknown) => {
        throw new Error(`The story does not hold: ${round}. ${String(cause)}`, { cause });
      });
    }
    expect(await hub.db.collection("dead_jobs").countDocuments({})).toBe(0);
  },
);

test("the next release does not start on a database that was not migrated for it", async () => {
  await systemOf(hub.db).updateOne({ _id: "schema" }, { $set: { version: schemaVersion } });
  await roll(["api"], "next");
  const answer = await fetch(new URL("/api/health", hub.apiUrl));
  expect(answer.status).toBeGreaterThanOrEqual(500);
  await roll(["api"], "this");
  expect((await fetch(new URL("/api/health", hub.apiUrl))).status).toBe(200);
});
