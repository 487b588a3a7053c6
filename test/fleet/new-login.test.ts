import { afterEach, expect, test, vi } from "vitest";
import { accountStore } from "#core/accounts/account.store.ts";
import { sealToken } from "#core/accounts/credentials.ts";
import { applyLogin } from "#core/logins/apply-login.ts";
import { loginStore } from "#core/logins/login.store.ts";
import { waitingLogin } from "../records.ts";
import { scanBot } from "../small-hub.ts";
import { withDatabase } from "../with-database.ts";
import { PollFleet } from "./poll-fleet.ts";
import { seeded } from "./seeded.ts";

vi.setConfig({ testTimeout: 120_000 });

const database = withDatabase();
let fleet: PollFleet;

afterEach(() => fleet.stop());

test("a new login is polled within seconds, while the old login's hold still stands and then ends nothing", async () => {
  fleet = await PollFleet.start({ database, random: seeded(14) });
  const bot = await fleet.addBot();
  const contact = fleet.contactOf(bot);
  await fleet.pass(90_000);
  contact.writes("to the old login");
  await fleet.pass(6_000);
  expect(fleet.wechat.openPolls()[bot.botId]).toBe(1);

  const { deps } = fleet;
  const { botId, botToken } = await scanBot(fleet.wechat, bot.ilinkUserId ?? "");
  const login = waitingLogin(deps, bot._id, {
    status: "confirmed",
    confirmed: {
      botId,
      ilinkUserId: bot.ilinkUserId ?? "",
      baseUrl: fleet.wechat.url,
      credential: sealToken(deps.settings.credentials.CREDENTIAL_KEY, botId, botToken),
    },
  });
  await loginStore(deps.db).insert(login);
  expect(await applyLogin(deps, login)).toEqual({ kind: "renewed", accountId: bot._id });
  await fleet.pass(5_000);
  expect(fleet.wechat.openPolls()).toMatchObject({ [bot.botId]: 1, [botId]: 1 });

  // The old poll hears -14 about 29 s after the scan (reference/ilink.md 2, takeover).
  await fleet.pass(60_000);
  expect(fleet.wechat.openPolls()).toMatchObject({ [bot.botId]: 0, [botId]: 1 });
  const account = await accountStore(deps.db).get(bot._id);
  expect(account).toMatchObject({ status: "approved", generation: 2, scheduleWanted: "on" });
  fleet.contactOf({ botId }).writes("to the new one");
  await fleet.pass(2_000);
  expect(await fleet.textsOf(bot)).toEqual(["to the old login", "to the new one"]);
  expect(fleet.overlaps()).toBe(0);
  expect(fleet.errors).toEqual([]);
});
