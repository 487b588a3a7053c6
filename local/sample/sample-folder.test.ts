import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, afterEach, expect, test } from "vitest";
import { withDatabase } from "#test/with-database.ts";
import { emptySampleDatabase, emptySampleFolder } from "./sample-folder.ts";

const { db } = withDatabase();
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hub-sample-test-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("a folder of samples is empty again at the next start, but for the lock that is held on it", async () => {
  await writeFile(join(folder, "lock"), "held");
  await emptySampleFolder(folder);
  await mkdir(join(folder, "database"));
  await writeFile(join(folder, "database", "data"), "of the last start");
  await emptySampleFolder(folder);
  expect((await readdir(folder)).toSorted()).toEqual(["lock", "sample.json"]);
});

test("a folder with a hub's own data is left as it is", async () => {
  await writeFile(join(folder, "wechat.json"), "people's");
  await expect(emptySampleFolder(folder)).rejects.toMatchObject({ code: "dev.data_no_sample" });
  expect(await readdir(folder)).toEqual(["wechat.json"]);
  expect(await readFile(join(folder, "wechat.json"), "utf8")).toBe("people's");
});

test("a database of samples is emptied, one that holds other things is left as it is", async () => {
  await db().dropDatabase();
  await emptySampleDatabase(db());
  await db().collection<{ _id: string }>("accounts").insertOne({ _id: "of the last start" });
  await emptySampleDatabase(db());
  expect(await db().collection("accounts").countDocuments()).toBe(0);

  await db().dropDatabase();
  await db().collection<{ _id: string }>("accounts").insertOne({ _id: "somebody's" });
  await expect(emptySampleDatabase(db())).rejects.toMatchObject({
    code: "dev.database_no_sample",
  });
  expect(await db().collection("accounts").countDocuments()).toBe(1);
});
