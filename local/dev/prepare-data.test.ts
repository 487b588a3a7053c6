import { expect, test } from "vitest";
import type { Account } from "#core/accounts/account.ts";
import { schemaVersion } from "#core/database/indexes.ts";
import { systemOf } from "#core/database/system.ts";
import { approvedAccount } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { prepareData } from "./prepare-data.ts";

const { db, uri, name } = withDatabase();

/** Prepares the test's database as if the folder kept it; gives what was said. */
async function prepare(changed: Partial<Parameters<typeof prepareData>[0]> = {}) {
  const said: string[] = [];
  await prepareData({
    database: { uri, isOurs: true, name: "mongod", stop: async () => undefined },
    databaseName: name,
    dataDir: "/data",
    simulatorUrl: "http://127.0.0.1:9071",
    say: (line) => said.push(line),
    ...changed,
  });
  return said;
}

test("simulated bots follow the simulator to its new port, real ones stay", async () => {
  const deps = testDeps(db());
  const accounts = db().collection<Account>("accounts");
  const simulated = approvedAccount(deps, { baseUrl: "http://127.0.0.1:8071" });
  const real = approvedAccount(deps, { baseUrl: "https://ilinkai.weixin.qq.com" });
  await accounts.insertMany([simulated, real]);
  expect(await prepare()).toEqual([]);
  const urls = (await accounts.find().sort({ _id: 1 }).toArray()).map(({ baseUrl }) => baseUrl);
  expect(urls).toEqual(["http://127.0.0.1:9071", "https://ilinkai.weixin.qq.com"]);
});

test("with the real WeChat the simulator's bots stay as they are, and are spoken of", async () => {
  expect(await prepare({ simulatorUrl: null })).toEqual([
    expect.stringMatching(/simulator.*: 1\.$/),
  ]);
});

test("data of a newer hub is refused, whoever's database it is, and left as it is", async () => {
  const newer = schemaVersion + 1;
  await systemOf(db()).updateOne({ _id: "schema" }, { $set: { version: newer } });
  const versions = `schema version ${newer}, this source knows ${schemaVersion}`;
  await expect(prepare()).rejects.toMatchObject({
    code: "dev.data_newer",
    message: expect.stringMatching(new RegExp(`data in /data .*${versions}.*--data`)),
  });
  const given = { uri, isOurs: false, name: "MONGODB_URI", stop: async () => undefined };
  await expect(prepare({ database: given })).rejects.toMatchObject({
    code: "dev.data_newer",
    message: expect.stringMatching(new RegExp(`${name} of MONGODB_URI .*another MONGODB_DATABASE`)),
  });
});

test("a database that does not answer is told with what to look at, without its password", async () => {
  const away = "mongodb://me:hidden@127.0.0.1:1/?serverSelectionTimeoutMS=100";
  const database = { uri: away, isOurs: false, name: "away", stop: async () => undefined };
  const told = prepare({ database });
  await expect(told).rejects.toMatchObject({
    code: "dev.database_unusable",
    message: expect.stringMatching(/^(?!.*hidden)[^]*ECONNREFUSED[^]*MONGODB_URI in \.env/),
  });
});
