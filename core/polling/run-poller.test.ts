import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { accountStore } from "#core/accounts/account.store.ts";
import type { Account } from "#core/accounts/account.ts";
import type { InboundMessage } from "#core/messages/message.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { startSmallHub, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";
import { runPoller } from "./run-poller.ts";

const { db } = withDatabase();
/** Less than the 40 s for which a poll that hangs is waited for, so that nobody can have waited for it. */
const soon = { timeout: 30_000, interval: 50 };
let hub: SmallHub;
let polling: Promise<unknown>;

beforeEach(async () => {
  hub = await startSmallHub(db(), { POLL_TAKE_INTERVAL_MS: "50", POLL_RETRY_MS: "50" });
});
afterEach(async () => {
  hub.deps.clock.moveOn(400_000);
  // Cuts what still hangs.
  await hub.stop();
  await polling;
});

function addBot(name: string): Promise<Account> {
  return hub.addBot({ name, lease: { id: null, pollerId: null, expiresAt: new Date(0) } });
}

async function textsOf({ _id }: Account): Promise<(string | null)[]> {
  const messages = db().collection<InboundMessage>("messages");
  const found = await messages.find({ accountId: _id }).sort({ _id: 1 }).toArray();
  return found.map(({ text }) => text);
}

function isPolled({ botId = "" }: Account, times = 1): Promise<void> {
  return vi.waitFor(
    () => expect(hub.wechat.pollStats({ botId }).count).toBeGreaterThanOrEqual(times),
    soon,
  );
}

test("an account that fails, hangs or ends does not touch the others of its poller", async () => {
  const [failing, hanging, ending, healthy] = [
    await addBot("failing"),
    await addBot("hanging"),
    await addBot("ending"),
    await addBot("healthy"),
  ];
  polling = runPoller(hub.deps, plusSeconds(hub.deps.clock.now(), 300));
  for (const bot of [failing, hanging, ending, healthy]) await isPolled(bot);
  const always = { endpoint: "getupdates", times: null } as const;
  const refuse = { kind: "refuse", ret: -77 } as const;
  hub.wechat.armFault({ ...always, botId: failing.botId ?? "", behaviour: refuse });
  hub.wechat.armFault({ ...always, botId: hanging.botId ?? "", behaviour: { kind: "hang" } });
  hub.wechat.expireLogin({ botId: ending.botId ?? "" });
  await vi.waitFor(async () => {
    expect((await accountStore(db()).get(ending._id)).status).toBe("login_expired");
  }, soon);
  await vi.waitFor(() => {
    const struck = hub.wechat.state().faults.map(({ hits }) => hits > 0);
    expect(struck).toEqual([true, true]);
  }, soon);

  const { userId } = hub.addContact(healthy);
  const texts = Array.from({ length: 10 }, (_, index) => `message ${index}`);
  for (const [index, text] of texts.entries()) {
    hub.wechat.userSends({ userId, botId: healthy.botId ?? "", text });
    await vi.waitFor(
      async () => expect(await textsOf(healthy)).toEqual(texts.slice(0, index + 1)),
      soon,
    );
  }
  for (const { _id } of [failing, hanging, healthy]) {
    expect(await accountStore(db()).get(_id)).toMatchObject({ status: "approved" });
  }
  expect(Math.max(...Object.values(hub.wechat.overlaps()))).toBe(0);
}, 180_000);
