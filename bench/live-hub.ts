import { randomUUID } from "node:crypto";
import { accountStore } from "#core/accounts/account.store.ts";
import { sealToken } from "#core/accounts/credentials.ts";
import { systemClock } from "#core/shared/clock.ts";
import { idMaker } from "#core/shared/ids.ts";
import { eventually } from "#local/eventually.ts";
import type { HermesSim } from "#local/hermes-sim/sim.ts";
import { startHub, type Hub } from "#local/hub.ts";
import { fastPace, type Pace } from "#local/pace.ts";
import type { WechatSim } from "#local/wechat-sim/server.ts";
import { approvedAccount } from "#test/records.ts";
import { scanBot } from "#test/small-hub.ts";
import { testDeps, testSettings } from "#test/test-deps.ts";
import type { Bench } from "./main.ts";

export type LiveHub = Hub & { wechat: WechatSim; hermes: HermesSim };
export type LiveBot = { accountId: string; botId: string };

/** A whole hub of real processes with both simulators, nothing of which waits for a burst's end. */
export async function startLiveHub(bench: Bench, pace: Pace = fastPace): Promise<LiveHub> {
  const hub = await startHub({
    pace,
    databaseUri: bench.databaseUri,
    databaseName: `bench_${randomUUID().slice(0, 8)}`,
    settings: { CREDENTIAL_KEY: testSettings.CREDENTIAL_KEY },
    log: () => {},
  });
  const { wechat, hermes } = hub;
  if (!wechat || !hermes) throw new Error("A bench needs both simulators.");
  wechat.configure({
    send: { burstLimit: null, quota: null },
    record: { calls: 100_000 },
  });
  await hub.db.collection("policies").updateMany({}, { $set: { debounceSeconds: 0 } });
  const stop = async () => {
    await hub.db.dropDatabase();
    await hub.stop();
  };
  return { ...hub, wechat, hermes, stop };
}

/** Bots as if they had been scanned and approved; resolves once each is polled. */
export async function addLiveBots(
  hub: LiveHub,
  count: number,
  policyId = "auto",
): Promise<LiveBot[]> {
  const clock = systemClock();
  const deps = { ...testDeps(hub.db), clock, newId: idMaker(() => clock.now()) };
  const bots: LiveBot[] = [];
  for (let n = 0; n < count; n++) {
    const { userId } = hub.wechat.createUser({ name: `owner ${n}` });
    const { botId, botToken } = await scanBot(hub.wechat, userId);
    const account = approvedAccount(deps, {
      name: `bot ${n}`,
      botId,
      policyId,
      ilinkUserId: userId,
      credential: sealToken(deps.settings.credentials.CREDENTIAL_KEY, botId, botToken),
      baseUrl: hub.wechat.url,
      scheduleApplied: "off",
      scheduleDiffers: true,
    });
    await accountStore(hub.db).insert(account);
    bots.push({ accountId: account._id, botId });
  }
  await eventually(
    "every bot is polled",
    async () => {
      const polls = hub.wechat.openPolls();
      return bots.every(({ botId }) => (polls[botId] ?? 0) > 0) ? true : null;
    },
    120_000,
  );
  return bots;
}
