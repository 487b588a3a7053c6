import { atRest } from "#local/at-rest.ts";
import { commandsOnMessagePath } from "#local/meter/message-path.ts";
import { eventually } from "#local/eventually.ts";
import { diff } from "#local/meter/meter.ts";
import { addLiveBots, startLiveHub, type LiveHub } from "./live-hub.ts";
import type { Bench } from "./main.ts";
import type { Figure } from "./report.ts";

const messages = 10;
const pollCalls = ["getupdates", "get_bot_qrcode", "get_qrcode_status"];

/** What one message of one chunk costs, answered at once and held for a reviewer. */
export async function run(bench: Bench): Promise<Figure[]> {
  return [
    ...(await count(bench, { name: "answered", policyId: "auto", ends: "sent" })),
    ...(await count(bench, { name: "held", policyId: "manual-review", ends: "awaiting_review" })),
  ];
}

type Kind = { name: string; policyId: string; ends: string };

async function count(bench: Bench, { name, policyId, ends }: Kind): Promise<Figure[]> {
  const hub = await startLiveHub(bench);
  try {
    const [bot] = await addLiveBots(hub, 1, policyId);
    const { userId } = hub.wechat.createUser({ name: "contact" });
    const ask = async (number: number) => {
      const botId = bot?.botId ?? "";
      // Held questions of one conversation would wait for each other.
      const from = ends === "sent" ? userId : hub.wechat.createUser({ name: "contact" }).userId;
      hub.wechat.userSends({ userId: from, botId, text: `question ${number}` });
      await runsBecome(hub, ends, number);
    };
    await ask(1);
    const [before, callsBefore] = [hub.meter.snapshot(), calls(hub)];
    for (let number = 2; number <= messages + 1; number++) await ask(number);
    await atRest(hub);
    const used = diff(before, hub.meter.snapshot());
    const {
      SendMessage = 0,
      SendMessageBatch = 0,
      DeleteMessage = 0,
      DeleteMessageBatch = 0,
    } = used.queueRequests;
    const sent = SendMessage + SendMessageBatch;
    const deleted = DeleteMessage + DeleteMessageBatch;
    const per = (sum: number) => sum / messages;
    const isAnswered = ends === "sent";
    return [
      {
        name: `database commands per ${name} message`,
        value: per(commandsOnMessagePath(used, messages)),
        unit: "",
        ...(isAnswered && { goal: { most: 12 } }),
        note: byCollection(used),
      },
      {
        name: `SQS requests per ${name} message`,
        value: per(sent + Math.max(sent, deleted) + deleted),
        unit: "",
        ...(isAnswered && { goal: { most: 3 } }),
        note: "send, receive, delete; empty receives apart",
      },
      {
        name: `HTTP calls per ${name} message`,
        value: per(calls(hub) - callsBefore),
        unit: "",
        note: "to WeChat and Hermes, without the polls",
      },
    ];
  } finally {
    await hub.stop();
  }
}

function calls({ wechat, hermes }: LiveHub): number {
  const toWechat = wechat.calls().filter(({ endpoint }) => !pollCalls.includes(endpoint));
  const toHermes = hermes.calls().filter(({ path }) => path !== "/health");
  return toWechat.length + toHermes.length;
}

function runsBecome({ db }: LiveHub, status: string, count: number) {
  return eventually(
    `${count} runs are ${status}`,
    async () =>
      (await db.collection("agent_runs").countDocuments({ status })) >= count ? true : null,
    60_000,
  );
}

function byCollection(used: ReturnType<typeof diff>): string {
  const agents = used.database.filter(
    ({ label, command }) => label === "agent" && command !== "connection",
  );
  const sums = Map.groupBy(agents, ({ command, collection }) => `${command} ${collection}`);
  const parts = [...sums].map(([what, each]) => {
    const count = each.reduce((sum, one) => sum + one.count, 0) / messages;
    return { what, count };
  });
  return parts
    .sort((a, b) => b.count - a.count)
    .slice(0, 4)
    .map(({ what, count }) => `${what} ${count.toFixed(1)}`)
    .join(", ");
}
