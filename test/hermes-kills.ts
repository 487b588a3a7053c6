import { awayNotice, busyNotice } from "#core/policies/policy.ts";
import { seeded } from "./fleet/seeded.ts";
import type { Contact, SmallHub } from "./small-hub.ts";
import { workOff } from "./work-off.ts";

export type KillsReport = {
  kills: number;
  /** Contacts whose phone does not show exactly one answer. */
  wrong: string[][];
  /** Questions whose turn came to its end more than once. */
  doubles: { text: string; isExplained: boolean }[];
  executions: number;
  statuses: Record<string, number>;
};

/**
 * Many people ask once each while Hermes is killed and started again at random moments. A double is
 * explained where Hermes died between the two: what it keeps under a key dies with it.
 */
export async function liveThroughKills(
  hub: SmallHub,
  options: { conversations: number; bots: number; kills: number; turnMs: number; seed: number },
): Promise<KillsReport> {
  const { conversations, bots, kills, turnMs, seed } = options;
  const random = seeded(seed);
  // A turn that died leaves its question in the transcript, so that Hermes reads it twice.
  hub.hermes.setAnswer(({ text }) => {
    return { kind: "ok", text: `Answer to ${text.split("\n\n").at(-1)}`, delayMs: turnMs };
  });
  const accounts = await Promise.all(Array.from({ length: bots }, () => hub.addBot()));
  const contacts: Contact[] = [];
  for (let n = 0; n < conversations; n++) {
    const account = accounts[n % bots];
    if (account) contacts.push(hub.addContact(account));
  }
  for (const [n, contact] of contacts.entries()) await contact.writes(`question ${n}.`);
  const killedAt: number[] = [];
  const killing = killOften(hub, { kills, turnMs, random, killedAt });
  const statusesOf = async () => {
    const runs = await Promise.all(contacts.map((contact) => contact.runs()));
    return runs.map((each) => each.map(({ status }) => status).join());
  };
  await workOff(hub, {
    isDone: async () =>
      killedAt.length === kills &&
      hub.hermes.isOn &&
      (await statusesOf()).every((status) => status === "sent" || status === "error"),
    sweepEveryMs: 300,
  });
  await killing;
  return {
    kills: killedAt.length,
    wrong: contacts.map(answersOf).filter((answers, n) => answers.join() !== expectedOf(n)),
    doubles: doublesOf(hub, killedAt),
    executions: hub.hermes.executions().length,
    statuses: Object.fromEntries(
      [...Map.groupBy(await statusesOf(), (status) => status)].map(([k, v]) => [k, v.length]),
    ),
  };
}

async function killOften(
  hub: SmallHub,
  of: { kills: number; turnMs: number; random: () => number; killedAt: number[] },
): Promise<void> {
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  for (let kill = 0; kill < of.kills; kill++) {
    await pause(of.turnMs * (0.5 + 3 * of.random()));
    of.killedAt.push(Date.now());
    await hub.hermes.off({ forget: true });
    await pause(of.turnMs * of.random());
    await hub.hermes.on();
  }
}

function answersOf(contact: Contact): string[] {
  return contact.reads().filter((text) => text !== awayNotice && text !== busyNotice);
}

function expectedOf(n: number): string {
  return `Answer to question ${n}.`;
}

function doublesOf(hub: SmallHub, killedAt: readonly number[]): KillsReport["doubles"] {
  const completed = hub.hermes.executions().filter(({ outcome }) => outcome === "completed");
  return [...Map.groupBy(completed, ({ sessionId }) => sessionId).values()].flatMap((each) => {
    const [first, second] = each;
    if (!first || !second) return [];
    const endedAt = Number(first.endedAt);
    const startedAt = Number(second.startedAt);
    const isExplained = killedAt.some((at) => at >= endedAt - 1 && at <= startedAt + 1);
    return [{ text: first.text, isExplained }];
  });
}
