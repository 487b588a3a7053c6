import { afterAll, beforeAll, expect, test } from "vitest";
import type { Account } from "#core/accounts/account.ts";
import { openToken } from "#core/accounts/credentials.ts";
import { World } from "../proof/world.ts";
import { withDatabase } from "../with-database.ts";
import { liveThroughBadDay, type DaySeeds } from "./hub-day.ts";
import { dump, Trail, type Seeds } from "./trail.ts";

const database = withDatabase();
const credentialKey = Buffer.from("0123456789abcdefCredentialKey-01").toString("base64");
const texts = {
  question: "SeededQuestion-Wo-ist-der-Schlüssel",
  answer: "SeededAnswer-unter-der-Matte",
  prose: "SeededProse-of-the-provider",
  person: "SeededPerson-kommt-um-zehn",
};
const secrets = {
  password: "SeededPassword-correct-horse",
  ownHermesKey: "SeededOwnHermesKey-4711-0815",
  extraHeader: "SeededExtraHeader-8899-aabb",
  settingsHeader: "SeededSettingsHeader-7788",
  webhookSecret: "SeededWebhookSecret-5566",
  apiToken: "SeededApiToken-of-24-chars-and-more",
  credentialKey,
};

let trail: Trail;
let world: World;
let found: Seeds;
let stored: string[];

beforeAll(async () => {
  trail = new Trail();
  try {
    world = await World.start({
      db: database.db(),
      cursor: "replay",
      via: "chat",
      accident: null,
      settings: {
        API_TOKEN: secrets.apiToken,
        CREDENTIAL_KEY: `k1:${credentialKey}`,
        HERMES_ALLOW_PRIVATE: "true",
        HERMES_EXTRA_HEADERS: JSON.stringify({ "X-Door": secrets.settingsHeader }),
        ALERT_WEBHOOK_SECRET: secrets.webhookSecret,
      },
      log: trail.log,
      measure: trail.measure,
      onSqs: (input) => trail.leave("sqs", JSON.stringify(input)),
    });
    const hermesKey = world.hermes.apiKey;
    const seeds: DaySeeds = { ...texts, ...secrets, hermesKey };
    const made = await liveThroughBadDay(world, trail, seeds);
    trail.measure.flush();
    found = { ...secrets, ...made, hermesKey, ...(await botTokens()) };
    stored = await dump(world.db);
    for (const line of await world.db.collection("audit_log").find().toArray()) {
      trail.leave("audit", JSON.stringify(line));
    }
    for (const each of stored) trail.leave("database", each);
  } finally {
    trail.stop();
  }
}, 300_000);
afterAll(() => world?.stop());

/** As they are in use: what the accounts hold, opened. */
async function botTokens(): Promise<Seeds> {
  const keys = world.depsOf(null).settings.credentials.CREDENTIAL_KEY;
  const accounts = await world.db.collection<Account>("accounts").find().toArray();
  return Object.fromEntries(
    accounts.flatMap(({ _id, botId, credential }) =>
      botId === undefined || credential === undefined
        ? []
        : [[`token of ${_id}`, openToken(keys, botId, credential)]],
    ),
  );
}

test("the day left its trail everywhere", () => {
  for (const place of ["log", "url", "sqs", "error", "audit"] as const) {
    expect(trail.count(place), place).toBeGreaterThan(3);
  }
  expect(trail.count("metric")).toBe(1);
  expect(Object.values(found).filter((seed) => seed.length < 12)).toEqual([]);
  expect(Object.keys(found).filter((name) => name.startsWith("token of")).length).toBeGreaterThan(
    2,
  );
  // The words are where they belong, so that the search can find them at all.
  expect(trail.find(texts, ["database"])).toEqual(
    expect.arrayContaining(["question in database", "answer in database", "person in database"]),
  );
});

test("no secret is in any log line, metric, address, queue message, error or audit line", () => {
  expect(trail.find(found, ["log", "metric", "url", "sqs", "error", "audit"])).toEqual([]);
});

test("no text of a contact, of Hermes or of an operator is in any of them either", () => {
  expect(trail.find(texts, ["log", "metric", "url", "sqs", "error", "audit"])).toEqual([]);
});

test("a dump of the database gives no secret away, in plain, base64 or hex", () => {
  expect(stored.length).toBeGreaterThan(50);
  expect(trail.find(found, ["database"])).toEqual([]);
});

test("the search finds a word in every form it knows", () => {
  const word = "SeededWord-äöü-12345";
  const bytes = Buffer.from(`before ${word} behind`);
  for (const form of [
    word,
    bytes.toString("base64"),
    bytes.toString("hex"),
    encodeURIComponent(word),
  ]) {
    const other = new Trail();
    other.stop();
    other.leave("log", `x ${form} y`);
    expect(other.find({ word }, ["log"])).toEqual(["word in log"]);
  }
});
