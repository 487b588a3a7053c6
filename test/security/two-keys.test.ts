import { afterAll, beforeAll, expect, test } from "vitest";
import { accountStore } from "#core/accounts/account.store.ts";
import { readSettings } from "#core/settings/read-settings.ts";
import { rotateKeys } from "#scripts/keys-rotate/rotate-keys.ts";
import { startSmallHub, type SmallHub } from "../small-hub.ts";
import { testSettings } from "../test-deps.ts";
import { withDatabase } from "../with-database.ts";

const { db } = withDatabase();
let hub: SmallHub;
beforeAll(async () => {
  hub = await startSmallHub(db());
});
afterAll(() => hub.stop());

const oldKey = testSettings.CREDENTIAL_KEY;
const newKey = `k2:${Buffer.alloc(32, 9).toString("base64")}`;

/** The functions of the next deployment know these keys. */
function deployWith(text: string): void {
  const { credentials } = readSettings(["credentials"], { CREDENTIAL_KEY: text });
  hub.deps.settings = { ...hub.deps.settings, credentials };
}

test("the key changes while people write: each is answered once, and the old key opens nothing", async () => {
  const bots = [await hub.addBot(), await hub.addBot(), await hub.addBot()];
  const contacts = bots.map((bot) => hub.addContact(bot));
  const sayAll = async (word: string) => {
    for (const contact of contacts) await hub.work(await contact.writes(word));
  };
  await sayAll("old key");

  deployWith(`${newKey},${oldKey}`);
  await sayAll("both keys");
  const late = await hub.addBot();
  const keys = hub.deps.settings.credentials.CREDENTIAL_KEY;
  const [report] = await Promise.all([rotateKeys(db(), keys), sayAll("while it turns")]);
  expect(report).toMatchObject({ keyId: "k2", failed: [], mayGo: ["k1"] });
  // Those of the release before may be at work still: they know the old key first, and both.
  deployWith(`${oldKey},${newKey}`);
  await sayAll("an older function");

  deployWith(newKey);
  await sayAll("new key");
  await hub.work(await hub.addContact(late).writes("late"));
  const words = ["old key", "both keys", "while it turns", "an older function", "new key"];
  for (const contact of contacts) {
    expect(contact.reads()).toEqual(words.map((word) => `Hermes: ${word}`));
  }
  for (const { _id } of [...bots, late]) {
    expect((await accountStore(db()).get(_id)).credential).toMatch(/^k2\./);
  }
  deployWith(oldKey);
  await expect(hub.poll(late._id)).rejects.toMatchObject({ code: "credential.unknown_key" });
});
