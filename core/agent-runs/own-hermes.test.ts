import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { accountStore } from "#core/accounts/account.store.ts";
import type { Account } from "#core/accounts/account.ts";
import { auditStore } from "#core/audit/audit.store.ts";
import { awayNotice } from "#core/policies/policy.ts";
import { movedHermes } from "#core/sweeps/moved-hermes.ts";
import { probeHermes } from "#core/sweeps/probe-hermes.ts";
import { startHermesSim, type HermesSim } from "#local/hermes-sim/server.ts";
import { operator } from "#test/records.ts";
import { startSmallHub, type Contact, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";
import { hermesHealthStore } from "./hermes-health.store.ts";
import { removeOwnHermes, setOwnHermes, type WantedHermes } from "./own-hermes.ts";

const { db } = withDatabase();
const key = "the-own-key-of-the-shop-1";
let hub: SmallHub;
let own: HermesSim;
beforeAll(async () => {
  hub = await startSmallHub(db(), { HERMES_ALLOW_PRIVATE: "true", HERMES_MAX_ATTEMPTS: "3" });
  own = await startHermesSim({ apiKey: key });
  own.setAnswer(({ text }) => ({ kind: "ok", text: `Own: ${text}` }));
  own.configure({
    multiplexProfiles: true,
    profiles: { shop: { apiKey: "the-key-of-profile-shop" } },
  });
});
afterAll(() => Promise.all([hub.stop(), own.stop()]));

let account: Account;
let contact: Contact;
beforeEach(async () => {
  await db().collection("hermes").deleteMany({});
  await db().collection("agent_runs").deleteMany({ status: "retry_pending" });
  account = await hub.addBot();
  contact = hub.addContact(account);
});

function give(wanted: Partial<WantedHermes> = {}) {
  return setOwnHermes(hub.deps, operator, account._id, {
    baseUrl: own.baseUrl,
    apiKey: key,
    ...wanted,
  });
}

async function retry(of: Contact = contact) {
  const run = (await of.runs()).find(({ status }) => status === "retry_pending");
  if (!run) throw new Error("No run waits.");
  const { conversationId } = run;
  await hub.work({ jobId: hub.deps.newId("job"), conversationId, do: "retry", ref: run._id });
}

test("answers for its account alone, with its own model; the others keep the settings' one", async () => {
  await give({ model: "shop-model" });
  const other = hub.addContact(await hub.addBot());
  await hub.work(await contact.writes("Hello"));
  await hub.work(await other.writes("Hello"));
  expect(contact.reads()).toEqual(["Own: Hello"]);
  expect(other.reads()).toEqual(["Hermes: Hello"]);
  expect(own.calls().at(-1)?.bodyText).toContain('"model":"shop-model"');
  expect((await contact.runs())[0]).toMatchObject({ agent: "hermes", ownHermes: own.baseUrl });
  expect((await other.runs())[0]).toMatchObject({ agent: "hermes", ownHermes: null });
});

test("may be a profile, which the run names", async () => {
  await give({ profile: "shop", apiKey: "the-key-of-profile-shop" });
  await hub.work(await contact.writes("Hello"));
  expect(contact.reads()).toEqual(["Own: Hello"]);
  expect(own.calls().at(-1)?.path).toContain("/p/shop/v1/");
  expect((await contact.runs())[0]).toMatchObject({ agent: "shop" });
});

test("that is away keeps only its own account waiting, and is looked for with its own key", async () => {
  await give();
  const other = hub.addContact(await hub.addBot());
  await own.off();
  await hub.work(await contact.writes("Hello"));
  await hub.work(await other.writes("Hello"));
  expect(contact.reads()).toEqual([awayNotice]);
  expect(other.reads()).toEqual(["Hermes: Hello"]);

  await own.on();
  hub.deps.clock.moveOn(60_000);
  expect(await hub.sweep(probeHermes)).toBe(1);
  expect(await hermesHealthStore(db()).find(own.baseUrl)).toMatchObject({ state: "up" });
  await retry();
  expect(contact.reads()).toEqual([awayNotice, "Own: Hello"]);
});

describe("a change of it", () => {
  test("has what waits go on at the new one, also when it was cut off in the middle", async () => {
    await hub.hermes.off();
    await hub.work(await contact.writes("Hello"));
    await hub.hermes.on();
    await give();
    // As if the first step had been made alone.
    await db()
      .collection<Account>("accounts")
      .updateOne({ _id: account._id }, { $set: { hermesMoved: true } });
    await db()
      .collection("agent_runs")
      .updateMany({ accountId: account._id }, { $set: { ownHermes: null } });
    expect(await hub.sweep(movedHermes)).toBe(1);
    expect(await hub.sweep(movedHermes)).toBe(0);
    await retry();
    expect(contact.reads()).toEqual([awayNotice, "Own: Hello"]);
  });

  test("back to the settings' one forgets the key", async () => {
    await give();
    await removeOwnHermes(hub.deps, operator, account._id);
    await removeOwnHermes(hub.deps, operator, account._id);
    await hub.work(await contact.writes("Hello"));
    expect(contact.reads()).toEqual(["Hermes: Hello"]);
    const stored = await accountStore(db()).get(account._id);
    expect(stored).not.toHaveProperty("hermesCredential");
    const actions = (await auditStore(db()).listOf(account._id, 9)).map(({ action }) => action);
    expect(actions).toEqual(["account.hermes_removed", "account.hermes_set"]);
  });

  test("of the model alone keeps the key, which nobody can have sent to another host", async () => {
    await give();
    await setOwnHermes(hub.deps, operator, account._id, { baseUrl: own.baseUrl, model: "other" });
    await hub.work(await contact.writes("Hello"));
    expect(contact.reads()).toEqual(["Own: Hello"]);
    const elsewhere = { baseUrl: "https://attacker.example/v1" };
    await expect(setOwnHermes(hub.deps, operator, account._id, elsewhere)).rejects.toMatchObject({
      code: "hermes.unusable",
    });
    expect((await accountStore(db()).get(account._id)).hermes?.baseUrl).toBe(own.baseUrl);
  });

  test("leaves the key neither in the account nor in the audit log", async () => {
    const after = await give({ extraHeaders: { "CF-Access-Client-Secret": "tunnel-secret" } });
    const audit = await auditStore(db()).listOf(account._id, 9);
    const shown = JSON.stringify([after, audit, hub.deps.logLines]);
    expect(shown).not.toContain(key);
    expect(shown).not.toContain("tunnel-secret");
  });

  test.each<[string, Partial<WantedHermes>]>([
    ["no address", { baseUrl: "hermes" }],
    ["no /v1", { baseUrl: "https://hermes.example" }],
    ["a password in it", { baseUrl: "https://me:secret@hermes.example/v1" }],
    ["a profile in the address", { baseUrl: "https://hermes.example/p/shop/v1" }],
    ["a profile that is a path", { profile: "../up" }],
    ["a key with a break", { apiKey: "a\r\nb" }],
    ["a header with a break", { extraHeaders: { "X-Key": "a\r\nb" } }],
  ])("to %s is refused and changes nothing", async (_what, wanted) => {
    await expect(give(wanted)).rejects.toMatchObject({ code: "hermes.unusable" });
    expect((await accountStore(db()).get(account._id)).hermes).toBeNull();
  });
});

describe("on AWS", () => {
  const deployed = () => ({
    ...hub.deps,
    settings: { ...hub.deps.settings, ownHermes: { HERMES_ALLOW_PRIVATE: false } },
  });
  const giveDeployed = (baseUrl: string, addresses: string[]) =>
    setOwnHermes(
      deployed(),
      operator,
      account._id,
      { baseUrl, apiKey: key },
      async () => addresses,
    );

  test.each([
    ["http", "http://hermes.example/v1", ["1.1.1.1"]],
    ["loopback", "https://127.0.0.1/v1", []],
    ["loopback in IPv6", "https://[::1]/v1", []],
    ["the address that serves credentials", "https://169.254.169.254/v1", []],
    ["a name in a private network", "https://hermes.example/v1", ["10.0.0.7"]],
    ["a name that is also private", "https://hermes.example/v1", ["1.1.1.1", "192.168.1.4"]],
    ["a name of nothing", "https://hermes.example/v1", []],
  ])("%s is refused", async (_what, baseUrl, addresses) => {
    await expect(giveDeployed(baseUrl, addresses)).rejects.toMatchObject({
      code: "hermes.unusable",
    });
  });

  test("a name that was public when it was set is held to it with each call", async () => {
    const { port } = new URL(own.baseUrl);
    await giveDeployed(`https://localhost:${port}/v1`, ["1.1.1.1"]);
    const { settings } = hub.deps;
    hub.deps.settings = deployed().settings;
    try {
      const calls = own.calls().length;
      await hub.work(await contact.writes("Hello"));
      expect(contact.reads()).toEqual([awayNotice]);
      expect((await contact.runs())[0]?.error).toBe("hermes.misconfigured: private_address");
      expect(own.calls()).toHaveLength(calls);
    } finally {
      hub.deps.settings = settings;
    }
  });
});
