import { expect, onTestFinished, test } from "vitest";
import { accountStore } from "#core/accounts/account.store.ts";
import { sealSecrets } from "#core/agent-runs/hermes-target.ts";
import { startHermesSim } from "#local/hermes-sim/server.ts";
import { approvedAccount } from "#test/records.ts";
import { testDeps, testSettings } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { thisMachine } from "./context.ts";
import { checkOwnHermes } from "./own-hermes-check.ts";

const { db } = withDatabase();

test("each account's own Hermes is asked with its own key, and told by name what is wrong", async () => {
  const context = thisMachine({ ...testSettings, HERMES_ALLOW_PRIVATE: "true" });
  expect(await checkOwnHermes(context, null)).toEqual([]);
  expect(await checkOwnHermes(context, db())).toEqual([]);

  const hermes = await startHermesSim();
  onTestFinished(() => hermes.stop());
  const deps = testDeps(db());
  for (const [name, apiKey] of [
    ["shop", hermes.apiKey],
    ["desk", "another-key-of-hermes"],
  ] as const) {
    const account = approvedAccount(deps, { name });
    await accountStore(db()).insert({
      ...account,
      hermes: { baseUrl: hermes.baseUrl, profile: null, model: null },
      hermesCredential: sealSecrets(deps, account._id, { apiKey, extraHeaders: {} }),
    });
  }
  const lines = await checkOwnHermes(context, db());
  expect(lines).toEqual([
    expect.objectContaining({ name: "own of shop", status: "pass" }),
    expect.objectContaining({ name: "own of desk", status: "fail", fault: "wrong_key" }),
  ]);
  expect(JSON.stringify(lines)).not.toContain("another-key-of-hermes");

  const held = thisMachine({ ...testSettings });
  expect((await checkOwnHermes(held, db())).map(({ fault }) => fault)).toEqual([
    "address_not_public",
    "address_not_public",
  ]);
  const [skipped] = await checkOwnHermes(thisMachine({}), db());
  expect(skipped).toMatchObject({ status: "skipped" });
});
