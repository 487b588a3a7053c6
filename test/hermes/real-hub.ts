import { randomUUID } from "node:crypto";
import { inject } from "vitest";
import { eventually } from "#local/eventually.ts";
import { startHub, type Hub } from "#local/hub.ts";
import { fastPace } from "#local/pace.ts";
import type { WechatSim } from "#local/wechat-sim/server.ts";
import { contactOf, type StoryContact } from "#test/stories/story-hub.ts";
import { startHermesProcess, type HermesProcess } from "./hermes-process.ts";
import { startModelServer, type ModelServer } from "./model-server.ts";

/** How long a story waits for what the real Hermes has a part in. */
export const patienceMs = 90_000;

export type RealHub = Omit<Hub, "wechat" | "hermes"> & {
  wechat: WechatSim;
  /** The real one, and the scripted model that it asks. */
  hermes: HermesProcess;
  model: ModelServer;
  /** A bot that is scanned, approved and polled. */
  addBot(policyId?: string): Promise<{ _id: string; botId: string }>;
  contactOf(bot: { _id: string; botId: string }): StoryContact;
};

/**
 * A whole fast hub with the WeChat simulator on one side and the real Hermes on the other. `config`
 * goes into Hermes' `config.yaml`.
 */
export async function startRealHub(config: Readonly<Record<string, unknown>>): Promise<RealHub> {
  const model = await startModelServer();
  const hermes = await startHermesProcess({
    python: inject("hermesPython"),
    modelUrl: model.baseUrl,
    config,
  });
  try {
    return await startAround(hermes, model);
  } catch (error) {
    await hermes.stop();
    await model.close();
    throw error;
  }
}

async function startAround(hermes: HermesProcess, model: ModelServer): Promise<RealHub> {
  const hub = await startHub({
    pace: fastPace,
    databaseUri: inject("databaseUri"),
    databaseName: `hermes_${randomUUID().slice(0, 8)}`,
    settings: {
      HERMES_API_BASE_URL: `${hermes.url}/v1`,
      HERMES_API_KEY: hermes.apiKey,
      // A turn of the real one takes seconds, the first after a start more.
      HERMES_TIMEOUT_MS: "60000",
    },
    log: (line) => void process.stderr.write(`${line}\n`),
  });
  const { wechat } = hub;
  if (wechat === null) throw new Error("The story needs the WeChat simulator.");
  await hub.db.collection("policies").updateMany({}, { $set: { debounceSeconds: 0 } });
  return {
    ...hub,
    wechat,
    hermes,
    model,
    contactOf: (bot) => contactOf(hub, wechat, bot),
    async addBot(policyId = "auto") {
      const created = await hub.client.createBot({ name: `bot with ${policyId}`, policyId });
      const account = await scan(hub, wechat, created._id);
      await hub.client.change(account._id, "approve");
      await hub.client.change(account._id, "start-polling");
      return account;
    },
    async stop() {
      await hub.db.dropDatabase();
      await hub.stop();
      await hermes.stop();
      await model.close();
    },
  };
}

async function scan(hub: Hub, wechat: WechatSim, accountId: string) {
  const login = await hub.client.startLogin(accountId);
  const { userId } = wechat.createUser({ name: "owner" });
  wechat.scan({ qr: login.qrContent, userId });
  wechat.confirm({ qr: login.qrContent });
  return eventually(
    "the bot is scanned",
    async () => {
      const { _id, botId, status } = await hub.client.account(accountId);
      return botId !== undefined && status === "pending_approval" ? { _id, botId } : null;
    },
    patienceMs,
  );
}

/** Gives what the phone shows once there are that many bubbles; the real Hermes takes its time. */
export function hasRead(contact: Pick<StoryContact, "reads">, count: number): Promise<string[]> {
  return eventually(
    `${count} bubbles are on the phone`,
    async () => (contact.reads().length >= count ? contact.reads() : null),
    patienceMs,
  );
}
