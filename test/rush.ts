import type { Contact, SmallHub } from "./small-hub.ts";
import { workOff, type WorkedOff } from "./work-off.ts";

export type RushReport = WorkedOff & {
  answered: number;
  /** Bubbles that are not an answer. */
  notices: number;
  longestWaitSeconds: number;
  /** Questions that Hermes refused for want of a place. */
  refused: number;
};

/** One person on each of many bots writes within `spreadMs`, more than Hermes has places for. */
export async function rush(
  hub: SmallHub,
  options: { people: number; places: number; turnMs: number; spreadMs: number },
): Promise<RushReport> {
  const { people, places, turnMs, spreadMs } = options;
  hub.hermes.configure({ maxConcurrentRuns: places });
  hub.hermes.setAnswer(({ text }) => ({ kind: "ok", text: `Answer: ${text}`, delayMs: turnMs }));
  const contacts: Contact[] = [];
  for (let n = 0; n < people; n++) contacts.push(hub.addContact(await hub.addBot()));

  const wroteAt = new Map<string, number>();
  let isWriting = true;
  const writing = writeAll(hub, contacts, { spreadMs, wroteAt }).finally(() => {
    isWriting = false;
  });
  const runs = hub.deps.db.collection("agent_runs");
  const worked = await workOff(hub, {
    isDone: async () => (await runs.countDocuments({ status: "sent" })) === people,
    lambdas: places + 5,
    isOpen: () => isWriting,
  });
  await writing;
  const waits = contacts.map(async (contact) => {
    const [run] = await contact.runs();
    return ((run?.acceptedAt?.getTime() ?? 0) - (wroteAt.get(contact.userId) ?? 0)) / 1000;
  });
  const read = contacts.map((contact) => contact.reads());
  return {
    ...worked,
    answered: read.filter((texts, n) => texts.at(-1) === `Answer: question ${n}`).length,
    notices: read.flat().length - people,
    longestWaitSeconds: Math.max(...(await Promise.all(waits))),
    refused: hub.hermes.calls().filter(({ status }) => status === 429).length,
  };
}

/** By the hub's clock, which the driver may move while nothing is at work. */
async function writeAll(
  hub: SmallHub,
  contacts: readonly Contact[],
  { spreadMs, wroteAt }: { spreadMs: number; wroteAt: Map<string, number> },
): Promise<void> {
  const writes = contacts.map(async (contact, n) => {
    await new Promise((resolve) => setTimeout(resolve, (n * spreadMs) / contacts.length));
    wroteAt.set(contact.userId, hub.deps.clock.now().getTime());
    await contact.writes(`question ${n}`);
  });
  await Promise.all(writes);
}
