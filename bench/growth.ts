import { randomUUID } from "node:crypto";
import { MongoClient, type CommandStartedEvent, type Db, type Document } from "mongodb";
import { listRuns } from "#core/agent-runs/list-runs.ts";
import type { Account } from "#core/accounts/account.ts";
import type { InboundMessage } from "#core/messages/message.ts";
import { messageStore } from "#core/messages/message.store.ts";
import { openConversation, waitingMessage } from "#test/records.ts";
import { servedBy, statementsOf } from "#test/query-plans.ts";
import { startSmallHub, type SmallHub } from "#test/small-hub.ts";
import { withFleetDatabase } from "./fleet-database.ts";
import type { Bench } from "./main.ts";
import { mean, type Figure } from "./report.ts";

const answered = 5;
const perConversation = 20;
const perInsert = 1_000;
/** A stand-in that stores too slowly is stopped here and says how far it came. */
const mostFillMs = 90_000;

/** Whether a message costs the same, and lists come as fast, however much is stored already. */
export async function run(bench: Bench): Promise<Figure[]> {
  const sizes = bench.isMongod ? [10_000, 100_000, 1_000_000] : [1_000, 10_000, 100_000];
  const name = `growth_${randomUUID().slice(0, 8)}`;
  return withFleetDatabase(bench, name, async ({ uri }) => {
    const client = new MongoClient(uri, { ignoreUndefined: true, monitorCommands: true });
    const db = client.db(name);
    const hub = await startSmallHub(db);
    const figures: Figure[] = [];
    try {
      const bot = await hub.addBot();
      let stored = 0;
      for (const size of sizes) {
        stored = await fill(hub, bot, stored, size);
        figures.push(...(await look(client, hub, bot, stored)));
        if (stored < size) break;
      }
      const unseen = sizes.filter((size) => size > stored);
      figures.push(...unseen.map((size) => notHere(`${size} messages`)));
      if (!bench.isMongod) figures.push(notHere("documents examined over returned (goal 1.1)"));
      return figures;
    } finally {
      await hub.stop();
      await client.close();
    }
  });
}

function notHere(name: string): Figure {
  return { name, value: null, unit: "", note: "needs a real mongod: set MONGODB_URI" };
}

/** Stores answered questions of many conversations, until there are so many or the time is up. */
async function fill(hub: SmallHub, bot: Account, from: number, to: number): Promise<number> {
  const { deps } = hub;
  const messages = deps.db.collection<InboundMessage>("messages");
  const until = performance.now() + mostFillMs;
  let stored = from;
  while (stored < to && performance.now() < until) {
    const batch = Array.from({ length: Math.min(perInsert, to - stored) }, (_none, n) => {
      const userId = `o${Math.floor((stored + n) / perConversation)}@im.wechat`;
      const conversation = openConversation(deps, bot._id, { userId });
      const { waiting: _waiting, ...message } = waitingMessage(deps, conversation, {
        runId: `run_${stored + n}`,
        pushAfter: null,
      });
      return message;
    });
    await messages.insertMany(batch, { ordered: false });
    stored += batch.length;
  }
  return stored;
}

async function look(
  client: MongoClient,
  hub: SmallHub,
  bot: Account,
  stored: number,
): Promise<Figure[]> {
  const commands: Document[] = [];
  const note = ({ commandName, command }: CommandStartedEvent) => {
    if (!["endSessions", "hello", "ping"].includes(commandName)) commands.push(command);
  };
  const contact = hub.addContact(bot);
  client.on("commandStarted", note);
  for (let n = 0; n < answered; n++) await hub.work(await contact.writes(`question ${n}`));
  client.off("commandStarted", note);
  const unserved = commands.flatMap(statementsOf).filter((each) => servedBy(each) === null);
  const { conversationId } = contact;
  const at = `${stored} messages`;
  return [
    {
      name: `${at}: commands per answered message, polls included`,
      value: commands.length / answered,
      unit: "",
    },
    { name: `${at}: of its statements without a bounded index`, value: unserved.length, unit: "" },
    {
      name: `${at}: one conversation's page`,
      value: await timed(() => page(hub.deps.db, conversationId)),
      unit: "ms",
    },
    {
      name: `${at}: the newest runs`,
      value: await timed(() => newestRuns(hub.deps.db)),
      unit: "ms",
    },
  ];
}

function page(db: Db, conversationId: string): Promise<unknown> {
  return messageStore(db).list({ conversationId, limit: 50 });
}

function newestRuns(db: Db): Promise<unknown> {
  return listRuns(db, { accountIds: null, from: new Date(0), limit: 50 });
}

async function timed(ask: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < 5; n++) {
    const startedAt = performance.now();
    await ask();
    times.push(performance.now() - startedAt);
  }
  return mean(times);
}
