import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { takeDataFolder } from "./data-folder.ts";
import { keepSecrets } from "./secrets.ts";

async function newPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "hub-dev-data-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "dev");
}

test("one hub has a data folder; who comes second is told which", async () => {
  const path = await newPath();
  const first = await takeDataFolder(path);
  const starting = expect.stringContaining(`process ${process.pid}, api still starting`);
  await expect(takeDataFolder(path)).rejects.toMatchObject({ message: starting });
  await first.sayWhere("http://127.0.0.1:8070");
  await expect(takeDataFolder(path)).rejects.toMatchObject({
    code: "dev.runs_already",
    message: expect.stringContaining("api http://127.0.0.1:8070"),
  });
  first.release();
  const next = await takeDataFolder(path);
  next.release();
});

test("a note that was cut off by a kill stops nobody", async () => {
  const path = await newPath();
  const first = await takeDataFolder(path);
  await writeFile(join(path, "runner.json"), '{"pid":');
  await expect(takeDataFolder(path)).rejects.toMatchObject({ code: "dev.runs_already" });
  first.release();
  (await takeDataFolder(path)).release();
});

test("damaged schedules are named with what to do, and leave the folder free", async () => {
  const path = await newPath();
  (await takeDataFolder(path)).release();
  const file = join(path, "schedules.json");
  await writeFile(file, '{"groups":[');
  const damaged = { code: "dev.data_damaged", message: expect.stringContaining(file) };
  await expect(takeDataFolder(path)).rejects.toMatchObject(damaged);
  await writeFile(file, '{"groups":[]}');
  (await takeDataFolder(path)).release();
});

test("a folder stays with the database that its data is in", async () => {
  const path = await newPath();
  const folder = await takeDataFolder(path);
  onTestFinished(() => folder.release());
  await folder.belongTo("secantus");
  await folder.belongTo("secantus");
  await expect(folder.belongTo("mongod")).rejects.toMatchObject({
    code: "dev.data_of_other_database",
    message: expect.stringMatching(/are in secantus, now it would be mongod.*--data/),
  });
});

test("key and token are made once; damaged ones are named and left as they are", async () => {
  const path = await newPath();
  const made = await keepSecrets(path);
  expect(await keepSecrets(path)).toEqual(made);
  const file = join(path, "secrets.json");
  const cut = (await readFile(file, "utf8")).slice(0, -20);
  await writeFile(file, cut);
  await expect(keepSecrets(path)).rejects.toMatchObject({
    code: "dev.data_damaged",
    message: expect.stringContaining(file),
  });
  expect(await readFile(file, "utf8")).toBe(cut);
});
