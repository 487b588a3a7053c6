import { randomUUID } from "node:crypto";
import { inject } from "vitest";
import type { FunctionLogLine } from "#local/lambda/host.ts";
import { eventually } from "#local/eventually.ts";
import { startHub, type Hub, type HubOptions } from "#local/hub.ts";
import type { AccountAnswer, RunAnswer } from "#local/hub-client.ts";
import type { HermesSim } from "#local/hermes-sim/sim.ts";
import { fastPace } from "#local/pace.ts";
import type { WechatSim } from "#local/wechat-sim/server.ts";

/** The same story is told with all contacts on one bot, and with a bot for each. */
export const layouts = ["one bot for all contacts", "one bot per contact"] as const;
export type Layout = (typeof layouts)[number];

export type StoryContact = {
  userId: string;
  botId: string;
  accountId: string;
  /** Writes texts one after the other. */
  writes(...texts: string[]): void;
  /** What the phone shows, oldest first. */
  reads(): string[];
  /** Resolves when the phone shows that many bubbles. */
  hasRead(count: number): Promise<string[]>;
  /** This contact's runs, oldest first. */
  runs(): Promise<RunAnswer[]>;
};

export type StoryHub = Hub & {
  wechat: WechatSim;
  hermes: HermesSim;
  functionLines: FunctionLogLine[];
  /** Scans, approves and polls a bot. */
  addBot(options?: {
    policyId?: string;
    start?: boolean;
  }): Promise<AccountAnswer & { botId: string }>;
  contact(options?: { policyId?: string }): Promise<StoryContact>;
  /** How often Hermes was asked over HTTP. */
  questions(): number;
};

/** A whole fast hub with both simulators and a database of its own. */
export async function startStoryHub(
  layout: Layout,
  settings: Record<string, string> = {},
  more: Pick<HubOptions, "bundles"> = {},
): Promise<StoryHub> {
  const functionLines: FunctionLogLine[] = [];
  const hub = await startHub({
    pace: fastPace,
    databaseUri: inject("databaseUri"),
    databaseName: `story_${randomUUID().slice(0, 8)}`,
    settings,
    ...more,
    log: () => {},
    onFunctionLine: (line) => functionLines.push(line),
  });
  const { wechat, hermes } = bothOf(hub);
  // Stories that are about bursts set their own; the others need not wait for the end of one.
  await hub.db.collection("policies").updateMany({}, { $set: { debounceSeconds: 0 } });
  const shared = new Map<string, AccountAnswer & { botId: string }>();

  async function addBot({ policyId = "auto", start = true } = {}) {
    const created = await hub.client.createBot({ name: `bot with ${policyId}`, policyId });
    const account = await scan(hub, wechat, created._id);
    if (start) {
      await hub.client.change(account._id, "approve");
      await hub.client.change(account._id, "start-polling");
    }
    return account;
  }

  async function botFor(policyId: string) {
    if (layout === "one bot per contact") return addBot({ policyId });
    const bot = shared.get(policyId) ?? (await addBot({ policyId }));
    shared.set(policyId, bot);
    return bot;
  }

  return {
    ...hub,
    wechat,
    hermes,
    functionLines,
    addBot,
    questions: () => hermes.calls().filter(({ path }) => path === "/v1/chat/completions").length,

    async contact({ policyId = "auto" } = {}) {
      const bot = await botFor(policyId);
      return contactOf(hub, wechat, bot);
    },

    async stop() {
      await hub.db.dropDatabase();
      await hub.stop();
    },
  };
}

function bothOf({ wechat, hermes }: Hub): { wechat: WechatSim; hermes: HermesSim } {
  if (wechat && hermes) return { wechat, hermes };
  throw new Error("A story needs both simulators.");
}

export async function scan(hub: Hub, wechat: WechatSim, accountId: string, userId?: string) {
  const login = await hub.client.startLogin(accountId);
  const scanner = userId ?? wechat.createUser({ name: "owner" }).userId;
  wechat.scan({ qr: login.qrContent, userId: scanner });
  wechat.confirm({ qr: login.qrContent });
  const done = await eventually("the login is completed", async () => {
    const seen = await hub.client.login(login._id);
    return seen.outcome;
  });
  const account = await hub.client.account(done.accountId);
  if (account.botId === undefined) throw new Error("A scanned account has no bot id.");
  return { ...account, botId: account.botId };
}

export function contactOf(
  hub: Hub,
  wechat: WechatSim,
  bot: { _id: string; botId: string },
): StoryContact {
  const { userId } = wechat.createUser({ name: "contact" });
  const { _id: accountId, botId } = bot;
  const reads = () => wechat.bubbles({ userId, botId }).map(({ text }) => text ?? "");
  return {
    userId,
    botId,
    accountId,
    reads,
    writes(...texts) {
      for (const text of texts) wechat.userSends({ userId, botId, text });
    },
    async hasRead(count) {
      await wechat.waitFor(() => reads().length >= count, 20_000);
      return reads();
    },
    async runs() {
      const runs = await hub.client.runs(accountId);
      return runs.filter((run) => run.userId === userId).toReversed();
    },
  };
}

/** Waits until this contact's runs have these statuses, oldest first. */
export function runsBecome(contact: StoryContact, ...statuses: string[]): Promise<RunAnswer[]> {
  return eventually(`runs become ${statuses.join(", ")}`, async () => {
    const runs = await contact.runs();
    const same =
      runs.length === statuses.length && runs.every((run, i) => run.status === statuses[i]);
    return same ? runs : null;
  });
}
