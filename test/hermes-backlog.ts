import { awayNotice, busyNotice } from "#core/policies/policy.ts";
import type { Execution } from "#local/hermes-sim/executions.ts";
import type { Contact, SmallHub } from "./small-hub.ts";
import { workOff } from "./work-off.ts";

export type BacklogReport = {
  questions: number;
  seconds: number;
  /** Of the time of all places, from when all were taken first until nobody waited any more. */
  placesUsed: number;
  /** Contacts that did not read one answer to all they wrote, in its order. */
  wrong: number;
  doubles: number;
  /** How far apart the accounts' shares were while all still had something waiting. */
  fewestServed: number;
  mostServed: number;
};

/**
 * Many people write while Hermes is away, several messages each; then it comes back and all of it is
 * worked off. `accounts` differ much in how many write to them.
 */
export async function workOffBacklog(
  hub: SmallHub,
  options: {
    conversations: number;
    messagesEach: number;
    accounts: number;
    places: number;
    /** On the average: no two places are freed at the same moment for long. */
    turnMs: number;
    /** The pace of the retry Lambda's rounds while Hermes is asked. */
    sweepEveryMs?: number;
    /** Is told every 15 s how far it is. */
    onProgress?: (line: string) => void;
  },
): Promise<BacklogReport> {
  const { conversations, messagesEach, places, turnMs, sweepEveryMs } = options;
  const stopTelling = tellProgress(hub, options);
  hub.hermes.configure({ maxConcurrentRuns: places });
  hub.hermes.setAnswer(({ text }) => {
    return { kind: "ok", text: `Answer: ${text}`, delayMs: Math.round(turnMs * longOf(text)) };
  });
  const contacts = await writers(hub, options);
  await hub.hermes.off();
  for (const [n, contact] of contacts.entries()) {
    await contact.writes(...Array.from({ length: messagesEach }, (_, m) => `${n}.${m}`));
  }
  const runs = hub.deps.db.collection("agent_runs");
  const count = async (status: string) => (await runs.countDocuments({ status })) === conversations;
  await workOff(hub, { isDone: () => count("retry_pending") });

  await hub.hermes.on();
  const startedAt = Date.now();
  await workOff(hub, {
    isDone: () => count("sent"),
    lambdas: places + 5,
    ...(sweepEveryMs ? { sweepEveryMs } : {}),
  });
  stopTelling();
  const executions = hub.hermes.executions();
  const expected = (n: number) =>
    `Answer: ${Array.from({ length: messagesEach }, (_, m) => `${n}.${m}`).join("\n")}`;
  const served = sharesOf(executions, contacts);
  return {
    questions: executions.length,
    seconds: (Date.now() - startedAt) / 1000,
    placesUsed: placesUsed(executions, places),
    wrong: contacts.filter((contact, n) => answersOf(contact).join() !== expected(n)).length,
    doubles: executions.length - conversations,
    fewestServed: Math.min(...served),
    mostServed: Math.max(...served),
  };
}

/** From 0.6 to 1.4, by the question's words: as long each time. */
function longOf(text: string): number {
  const sum = Buffer.from(text).reduce((rest, byte) => (rest * 31 + byte) % 1_009, 7);
  return 0.6 + (0.8 * sum) / 1_008;
}

function tellProgress(
  { deps, hermes }: SmallHub,
  { conversations, onProgress }: { conversations: number; onProgress?: (line: string) => void },
): () => void {
  const startedAt = Date.now();
  const tell = async () => {
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    const [messages, waiting] = await Promise.all([
      deps.db.collection("messages").countDocuments({ direction: "inbound" }),
      deps.db.collection("agent_runs").countDocuments({ status: "retry_pending" }),
    ]);
    const asked = hermes.executions().length;
    onProgress?.(
      `${seconds} s: ${messages} messages stored, ${deps.jobs.length} jobs in the queue, ${waiting} runs wait, ${asked} of ${conversations} asked\n`,
    );
  };
  const timer = setInterval(() => void tell(), 15_000);
  timer.unref();
  return () => clearInterval(timer);
}

/** The first account has as many contacts as all others together. */
async function writers(
  hub: SmallHub,
  { conversations, accounts }: { conversations: number; accounts: number },
): Promise<Contact[]> {
  const bots = await Promise.all(Array.from({ length: accounts }, () => hub.addBot()));
  return Array.from({ length: conversations }, (_, n) => {
    const bot = bots[n % 2 === 0 ? 0 : 1 + (((n - 1) / 2) % (accounts - 1))];
    if (!bot) throw new Error("There is no such bot.");
    return hub.addContact(bot);
  });
}

function answersOf(contact: Contact): string[] {
  return contact.reads().filter((text) => text !== awayNotice && text !== busyNotice);
}

function placesUsed(executions: readonly Execution[], places: number): number {
  const starts = executions.map(({ startedAt }) => Number(startedAt)).toSorted((a, b) => a - b);
  const spans = executions.map(({ startedAt, endedAt }) => [Number(startedAt), Number(endedAt)]);
  const full = starts.find(
    (at) => spans.filter(([from = 0, to = 0]) => from <= at && at < to).length >= places,
  );
  const last = starts.at(-1);
  if (full === undefined || last === undefined || last === full) return 0;
  const used = spans.reduce((sum, [from = 0, to = 0]) => {
    return sum + Math.max(0, Math.min(to, last) - Math.max(from, full));
  }, 0);
  return used / (places * (last - full));
}

/** How many of each account's questions began in the first third. */
function sharesOf(executions: readonly Execution[], contacts: readonly Contact[]): number[] {
  const accountOf = new Map(
    contacts.map(({ conversationId, accountId }) => [conversationId, accountId]),
  );
  const shares = new Map(contacts.map(({ accountId }) => [accountId, 0]));
  const first = executions
    .toSorted((a, b) => Number(a.startedAt) - Number(b.startedAt))
    .slice(0, Math.floor(executions.length / 3));
  for (const { sessionId } of first) {
    const accountId = accountOf.get(sessionId.replace(/-\d+$/, "")) ?? "";
    shares.set(accountId, (shares.get(accountId) ?? 0) + 1);
  }
  return [...shares.values()];
}
