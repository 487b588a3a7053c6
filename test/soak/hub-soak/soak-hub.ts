import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { accountStore } from "#core/accounts/account.store.ts";
import { sealToken } from "#core/accounts/credentials.ts";
import { systemClock } from "#core/shared/clock.ts";
import { idMaker } from "#core/shared/ids.ts";
import type { FunctionName } from "#infra/figures.ts";
import { buildFunctions, bundlePath, functionNames } from "#local/build-functions.ts";
import { startHermesSim, type HermesSim } from "#local/hermes-sim/server.ts";
import { startHub, type Hub } from "#local/hub.ts";
import type { FunctionLogLine } from "#local/lambda/host.ts";
import { fastPace, type Pace } from "#local/pace.ts";
import type { WechatSim } from "#local/wechat-sim/server.ts";
import { approvedAccount } from "#test/records.ts";
import { scanBot } from "#test/small-hub.ts";
import { testDeps, testSettings } from "#test/test-deps.ts";

export type Plan = {
  minutes: number;
  accounts: number;
  /** Messages that all contacts write together in a second. */
  perSecond: number;
  seed: number;
};

export type Bot = { accountId: string; ownerId: string; botId: string };
/** One text of a contact, known by its marker; WeChat's ids are of its pieces. */
export type Sent = { marker: string; botId: string; messageIds: readonly string[] };
export type Contact = { userId: string; bot: Bot; sent: Sent[] };

export type SoakHub = Hub & {
  wechat: WechatSim;
  hermes: HermesSim;
  bots: readonly Bot[];
  contacts: readonly Contact[];
  holdMs: number;
  /** Whether the queue forgets that a job was done; asked for each. */
  losesDeletion: { decide: (messageIds: readonly string[]) => boolean };
};

export const hermesPlaces = 4;
/** Of each function, as in a new AWS account; the machine holds no hundred processes. */
export const mostAtOnce = 10;
const contactsEach = 2;
/** A killed invocation's conversation waits as long; the machine may be slow. */
const agentSeconds = 60;

/** The whole hub in memory, with its bundles as deployed and a probe around each handler. */
export async function startSoakHub(
  plan: Plan,
  say: (line: string) => void,
  onFunctionLine: (line: FunctionLogLine) => void,
): Promise<SoakHub> {
  await buildFunctions();
  const bundles = probedBundles();
  const hermes = await startHermesSim();
  // Half of the seeds ask an old Hermes by chat, the others a newer one by durable runs.
  if (plan.seed % 2 === 1) hermes.configure({ release: "0.21" });
  hermes.configure({ maxConcurrentRuns: hermesPlaces });
  const pace = paceOf(plan.accounts);
  const losesDeletion: SoakHub["losesDeletion"] = { decide: () => false };
  const hub = await startHub({
    pace,
    hermesPlaces,
    bundles,
    ticks: {
      lateMs: pace.minuteMs / 4,
      earlyMs: pace.minuteMs / 10,
      doubleProbability: 0.1,
      missProbability: 0.05,
    },
    timeoutSeconds: { agent: agentSeconds },
    losesDeletion: (messageIds) => losesDeletion.decide(messageIds),
    settings: {
      CREDENTIAL_KEY: testSettings.CREDENTIAL_KEY,
      HERMES_API_BASE_URL: hermes.tunnel.baseUrl,
      HERMES_API_KEY: hermes.apiKey,
      HERMES_PLACES: String(hermesPlaces),
    },
    log: say,
    onFunctionLine,
  }).catch(async (error: unknown) => {
    await hermes.stop();
    throw error;
  });
  const stop = async () => {
    await hub.stop();
    await hermes.stop();
  };
  const { wechat } = hub;
  if (!wechat) throw new Error("The soak needs the simulated WeChat.");
  for (const name of functionNames) hub.host.throttle(name, mostAtOnce);
  wechat.configure({
    polling: { cursor: "replay", overlapGraceMs: 1_000 },
    login: { supersededAfterMs: Math.round((pace.holdMs ?? 0) * 0.8) },
    // A burst's end is minutes away as deployed.
    send: { burstPerMs: 20_000, burstLimit: 8 },
    record: { calls: 3_000 },
  });
  await hub.db.collection("policies").updateMany({}, { $set: { debounceSeconds: 1 } });
  const alive = { ...hub, wechat, hermes, holdMs: pace.holdMs ?? 0, losesDeletion, stop };
  const bots = await addBots(alive, plan.accounts);
  const contacts = bots.flatMap((bot) =>
    Array.from({ length: contactsEach }, (): Contact => {
      return { userId: wechat.createUser({ name: "contact" }).userId, bot, sent: [] };
    }),
  );
  return { ...alive, bots, contacts };
}

/** As fast as so many accounts may live on a small machine: the more, the longer a minute. */
export function paceOf(accounts: number): Pace {
  const holdMs = Math.max(3_000, accounts * 80);
  const minuteMs = Math.max(6_000, accounts * 300);
  const holdSeconds = Math.ceil(holdMs / 1000);
  return {
    ...fastPace,
    minuteMs,
    holdMs,
    visibilitySeconds: agentSeconds + 10,
    settings: {
      ...fastPace.settings,
      POLL_HOLD_SECONDS: String(holdSeconds),
      POLL_LEASE_SECONDS: String(holdSeconds + 12),
      POLL_LIFETIME_SECONDS: String(Math.max(24, holdSeconds * 6)),
      POLL_TAKE_INTERVAL_MS: "1000",
      POLL_LONG_RETRY_MS: "1500",
      AGENT_LOOK_INTERVAL_MS: "1000",
      RETRY_LIFETIME_SECONDS: String(Math.round((minuteMs / 1_000) * 0.8)),
      HERMES_RETRY_INTERVAL_MS: "1000",
      LOGIN_LIFETIME_SECONDS: "45",
      REVIEW_SEND_DELAY_SECONDS: "1",
    },
  };
}

/** Modules that load a function and put the probe around its handler. */
function probedBundles(): (name: FunctionName) => string {
  const folder = join(import.meta.dirname, "..", "..", "..", ".build", "soak");
  const pathOf = (name: FunctionName) => join(folder, `${name}.mjs`);
  const probe = pathToFileURL(join(import.meta.dirname, "instance-probe.mjs")).href;
  mkdirSync(folder, { recursive: true });
  for (const name of functionNames) {
    const source = [
      `import { handler as given } from ${JSON.stringify(pathToFileURL(bundlePath(name)).href)};`,
      `import { probe } from ${JSON.stringify(probe)};`,
      "export const handler = probe(given);",
    ];
    writeFileSync(pathOf(name), `${source.join("\n")}\n`);
  }
  return pathOf;
}

/** Bots as if they had been scanned and approved; every fourth one's answers are reviewed. */
async function addBots(
  hub: Pick<SoakHub, "db" | "wechat">,
  count: number,
): Promise<readonly Bot[]> {
  const clock = systemClock();
  const deps = { ...testDeps(hub.db), clock, newId: idMaker(() => clock.now()) };
  const bots: Bot[] = [];
  for (let n = 0; n < count; n++) {
    const { userId: ownerId } = hub.wechat.createUser({ name: `owner ${n}` });
    const { botId, botToken } = await scanBot(hub.wechat, ownerId);
    const account = approvedAccount(deps, {
      name: `bot ${n}`,
      botId,
      policyId: n % 4 === 3 ? "manual-review" : "auto",
      ilinkUserId: ownerId,
      credential: sealToken(deps.settings.credentials.CREDENTIAL_KEY, botId, botToken),
      baseUrl: hub.wechat.url,
      scheduleApplied: "off",
      scheduleDiffers: true,
    });
    await accountStore(hub.db).insert(account);
    bots.push({ accountId: account._id, ownerId, botId });
  }
  return bots;
}
