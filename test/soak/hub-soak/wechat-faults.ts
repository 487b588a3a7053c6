import type { Account } from "#core/accounts/account.ts";
import { eventually } from "#local/eventually.ts";
import { scan } from "#test/stories/story-hub.ts";
import type { Bot, SoakHub } from "./soak-hub.ts";
import type { Fault, Trouble } from "./trouble.ts";

type Rule = Parameters<SoakHub["wechat"]["armFault"]>[0];
const patienceMs = 90_000;

export function wechatFaults(hub: SoakHub, trouble: Trouble): Fault[] {
  const { wechat } = hub;
  const fault = (kind: string, ...rules: Rule[]): Fault => ({
    kind,
    strike: () => {
      for (const rule of rules) wechat.armFault(rule);
    },
  });
  return [
    { kind: "wechat: login expires, new scan", strike: () => expire(hub, trouble) },
    { kind: "wechat: other cursor profile", strike: () => changeCursor(hub) },
    fault("wechat: sends throttled", {
      endpoint: "sendmessage",
      times: 3,
      behaviour: { kind: "refuse", ret: -2, errmsg: "rate limited" },
    }),
    fault("wechat: errcode on send", {
      endpoint: "sendmessage",
      times: 2,
      behaviour: { kind: "edit-answer", set: { errcode: -1, errmsg: "system busy" } },
    }),
    fault("wechat: 524 on polls", {
      endpoint: "getupdates",
      times: 5,
      behaviour: { kind: "http", status: 524, afterMs: Math.round(hub.holdMs / 2) },
    }),
    fault(
      "wechat: HTML",
      { endpoint: "getupdates", times: 2, behaviour: { kind: "html" } },
      { endpoint: "sendmessage", behaviour: { kind: "http", status: 502 } },
    ),
    fault(
      "wechat: connections cut",
      { endpoint: "getupdates", times: 3, behaviour: { kind: "drop-connection" } },
      { endpoint: "sendmessage", behaviour: { kind: "drop-connection" } },
    ),
    fault("wechat: answer of a send lost", {
      endpoint: "sendmessage",
      times: 2,
      behaviour: { kind: "commit-then-disconnect" },
    }),
    fault("wechat: slow", {
      endpoint: "any",
      times: 5,
      behaviour: { kind: "delay", afterMs: 2_500 },
    }),
    fault(
      "wechat: empty or broken body",
      { endpoint: "getupdates", behaviour: { kind: "not-json" } },
      { endpoint: "sendmessage", behaviour: { kind: "empty-body", commit: true } },
    ),
    fault("wechat: no answer at all", { endpoint: "sendmessage", behaviour: { kind: "hang" } }),
    fault("wechat: send swallowed", {
      endpoint: "sendmessage",
      behaviour: { kind: "silent-drop", answer: "no-message-id" },
    }),
    fault("wechat: bubble late", {
      endpoint: "sendmessage",
      behaviour: { kind: "late", deliverAfterMs: 2_000 },
    }),
    fault("wechat: messages lost in flight", {
      endpoint: "getupdates",
      behaviour: { kind: "lost-in-flight" },
    }),
  ];
}

async function expire(hub: SoakHub, trouble: Trouble): Promise<boolean> {
  const bot = trouble.pick(hub.bots);
  if (!bot) return false;
  hub.wechat.expireLogin({ botId: bot.botId });
  await eventually(
    "the hub knows that the login has expired",
    async () => ((await statusOf(hub, bot)) === "login_expired" ? true : null),
    patienceMs,
  );
  await logIn(hub, bot);
  return true;
}

/** The owner scans anew. Throws HubApiError, or when no login came of it in a minute. */
export async function logIn(hub: SoakHub, bot: Bot): Promise<void> {
  const { botId } = await scan(hub, hub.wechat, bot.accountId, bot.ownerId);
  bot.botId = botId;
}

async function statusOf({ db }: SoakHub, { accountId }: Bot): Promise<Account["status"] | null> {
  const account = await db.collection<Account>("accounts").findOne({ _id: accountId });
  return account?.status ?? null;
}

function changeCursor({ wechat }: SoakHub): void {
  const cursor = wechat.config.polling.cursor === "replay" ? "one-way" : "replay";
  wechat.configure({ polling: { cursor } });
}
