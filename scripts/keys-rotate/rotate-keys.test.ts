import { randomBytes } from "node:crypto";
import { beforeEach, expect, test } from "vitest";
import { accountStore } from "#core/accounts/account.store.ts";
import { openToken, sealToken } from "#core/accounts/credentials.ts";
import { hermesCredentialOwner } from "#core/agent-runs/hermes-target.ts";
import type { CredentialKeys } from "#core/settings/credential-keys.ts";
import { approvedAccount } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { rotateKeys } from "./rotate-keys.ts";

const { db } = withDatabase();
const key = (id: string) => ({ id, key: randomBytes(32) });
const [old, fresh, lost] = [key("k1"), key("k2"), key("k0")];
const both: CredentialKeys = [fresh, old];

beforeEach(() => db().collection("accounts").deleteMany({}));

async function addAccount(keys: CredentialKeys): Promise<{ id: string; botId: string }> {
  const deps = testDeps(db());
  const botId = `${deps.newId("job")}@im.bot`;
  const account = approvedAccount(deps, { botId, ilinkUserId: botId });
  await accountStore(db()).insert({
    ...account,
    credential: sealToken(keys, botId, `token of ${botId}`),
    hermesCredential: sealToken(keys, hermesCredentialOwner(account._id), "{}"),
  });
  return { id: account._id, botId };
}

test("every stored credential is under the new key, opens, and the old key may go", async () => {
  const accounts = [await addAccount([old]), await addAccount([old]), await addAccount(both)];
  expect(await rotateKeys(db(), both)).toEqual({
    keyId: "k2",
    rotated: 4,
    untouched: 2,
    failed: [],
    mayGo: ["k1"],
  });
  for (const { id, botId } of accounts) {
    const { credential = "", hermesCredential = "" } = await accountStore(db()).get(id);
    expect(openToken([fresh], botId, credential)).toBe(`token of ${botId}`);
    expect(openToken([fresh], hermesCredentialOwner(id), hermesCredential)).toBe("{}");
  }
});

test("it can be repeated, and then touches nothing", async () => {
  await addAccount([old]);
  await rotateKeys(db(), both);
  expect(await rotateKeys(db(), both)).toMatchObject({ rotated: 0, untouched: 2, mayGo: ["k1"] });
});

test("a credential that does not open is named, left as it is, and no key may go", async () => {
  const { id } = await addAccount([lost]);
  await addAccount([old]);
  const before = await accountStore(db()).get(id);
  const report = await rotateKeys(db(), both);
  expect(report).toMatchObject({ rotated: 2, mayGo: [] });
  expect(report.failed).toEqual([
    { accountId: id, field: "credential", code: "credential.unknown_key" },
    { accountId: id, field: "hermesCredential", code: "credential.unknown_key" },
  ]);
  expect(await accountStore(db()).get(id)).toEqual(before);
});
