import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "#local/eventually.ts";
import { startTestHost, type HostUnderTest } from "#local/lambda/testing.ts";
import { createRebuild } from "./rebuild.ts";
import { watchSources } from "./watch-sources.ts";

/** Two functions with a source each, built and run as the hub's are. */
async function twoFunctions() {
  const folder = await mkdtemp(join(tmpdir(), "hub-dev-sources-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const sources = join(folder, "src");
  await mkdir(join(sources, "shared"), { recursive: true });
  const names = ["agent", "api"];
  const bundles = Object.fromEntries(names.map((name) => [name, join(folder, `${name}.mjs`)]));
  for (const name of names) {
    const answer = `import { word } from "./shared/${name}.ts"; export const handler = async () => word;`;
    await writeFile(join(sources, `${name}.ts`), answer);
    await writeFile(join(sources, "shared", `${name}.ts`), `export const word = "old";`);
  }
  const buildAll = async () => {
    for (const name of names) {
      const outfile = bundles[name] ?? "";
      const how = { bundle: true, format: "esm", logLevel: "silent" } as const;
      await build({ entryPoints: [join(sources, `${name}.ts`)], outfile, ...how });
    }
  };
  await buildAll();
  const host = await startTestHost();
  onTestFinished(() => host.stop());
  for (const name of names) host.add(name, "", { bundlePath: bundles[name] ?? "" });
  return { sources, bundles, buildAll, host };
}

/** The functions, built anew while a developer writes; and what that one is told. */
async function atWork() {
  const { sources, bundles, buildAll, host } = await twoFunctions();
  const told: string[] = [];
  const replaced: string[] = [];
  const rebuild = await createRebuild({
    host,
    bundles,
    build: buildAll,
    afterRebuild: async (name) => void replaced.push(name),
    say: (line) => told.push(line),
  });
  const watched = await watchSources([sources], rebuild);
  onTestFinished(() => watched.stop());
  return { sources, host, told, replaced };
}

const patience = { timeout: 20_000 };

function answerOf(host: HostUnderTest, name: string) {
  return () => host.invoke(name, {});
}

test("a saved source runs from the next event on, and nothing else starts cold", async () => {
  const { sources, host, told, replaced } = await atWork();
  await expect.poll(answerOf(host, "agent"), patience).toMatchObject({ payload: "old" });
  await expect.poll(answerOf(host, "api"), patience).toMatchObject({ payload: "old" });
  await writeFile(join(sources, "shared", "agent.ts"), `export const word = "new";`);
  await expect.poll(answerOf(host, "agent"), patience).toMatchObject({ payload: "new" });
  expect(await host.invoke("api", {})).toMatchObject({ coldStart: false });
  expect(replaced).toEqual(["agent"]);
  await eventually("it is told", async () =>
    told.some((line) => line.startsWith("Source changed: agent built anew")) ? true : null,
  );
});

test("a source that its editor replaces, and one in a folder that is new, are followed too", async () => {
  const { sources, host } = await atWork();
  const file = join(sources, "shared", "agent.ts");
  for (const word of ["first", "second"]) {
    await writeFile(`${file}~`, `export const word = "${word}";`);
    await rename(`${file}~`, file);
    await expect.poll(answerOf(host, "agent"), patience).toMatchObject({ payload: word });
  }
  await mkdir(join(sources, "words"));
  await writeFile(join(sources, "words", "word.ts"), `export const word = "third";`);
  await writeFile(join(sources, "shared", "agent.ts"), `export * from "../words/word.ts";`);
  await expect.poll(answerOf(host, "agent"), patience).toMatchObject({ payload: "third" });
  await writeFile(join(sources, "words", "word.ts"), `export const word = "fourth";`);
  await expect.poll(answerOf(host, "agent"), patience).toMatchObject({ payload: "fourth" });
});

test("a source that does not build is told, and the last good one goes on until it does", async () => {
  const { sources, host, told, replaced } = await atWork();
  const file = join(sources, "shared", "agent.ts");
  await writeFile(file, `export const word = ;`);
  await eventually("it is told", async () =>
    told.some((line) => line.includes("do not build")) ? true : null,
  );
  await expect.poll(answerOf(host, "agent"), patience).toMatchObject({ payload: "old" });
  await writeFile(file, `export const word = "old";`);
  await eventually("it is told", async () =>
    told.some((line) => line.includes("build again")) ? true : null,
  );
  expect(replaced).toEqual([]);
  await writeFile(file, `export const word = "new";`);
  await expect.poll(answerOf(host, "agent"), patience).toMatchObject({ payload: "new" });
});
