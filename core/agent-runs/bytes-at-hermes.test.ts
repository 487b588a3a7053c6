import { afterAll, beforeAll, expect, test } from "vitest";
import { awayNotice, busyNotice } from "#core/policies/policy.ts";
import { startSmallHub, type Contact, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";
import { workOff } from "#test/work-off.ts";

const { db } = withDatabase();
let hub: SmallHub;
beforeAll(async () => {
  hub = await startSmallHub(db(), { HERMES_TIMEOUT_MS: "1500" });
  const { hermes, ...others } = hub.deps.settings;
  const HERMES_API_BASE_URL = hub.hermes.tunnel.baseUrl;
  hub.deps.settings = { ...others, hermes: { ...hermes, HERMES_API_BASE_URL } };
});
afterAll(() => hub?.stop());

function answersOf(contact: Contact): string[] {
  return contact.reads().filter((text) => text !== awayNotice && text !== busyNotice);
}

async function waitsFor(contact: Contact): Promise<string | null | undefined> {
  const [run] = await contact.runs();
  return run?.status === "retry_pending" ? run.waitCause : null;
}

/** All that waits is answered: each text by itself, in its order, and nothing was asked twice. */
async function isAnswered(contact: Contact): Promise<void> {
  await contact.writes("second");
  hub.hermes.tunnel.behave({ kind: "none" });
  hub.hermes.setAnswer(null);
  const isSent = async () => {
    const runs = await contact.runs();
    return runs.length === 2 && runs.every(({ status }) => status === "sent");
  };
  await workOff(hub, { isDone: isSent });
  expect(answersOf(contact)).toEqual(["Answer to the first", "Hermes: second"]);
  const asked = hub.hermes.executions().filter(({ sessionId }) => {
    return sessionId.startsWith(contact.conversationId);
  });
  expect(asked.map(({ text }) => text)).toEqual(["first", "second"]);
}

test("a run that was begun at Hermes is gone on with, also when the next look at it finds nobody", async () => {
  hub.hermes.configure({ release: "0.21" });
  const contact = hub.addContact(await hub.addBot());
  const finish = hub.hermes.holdTurns({ kind: "ok", text: "Answer to the first" });
  const working = hub.work(await contact.writes("first"));
  await hub.hermes.waitFor((sim) => sim.running().length === 1);
  hub.hermes.tunnel.behave({ kind: "cloudflare-offline" });
  await working;
  expect(await waitsFor(contact)).toBe("hermes_down");
  finish();
  await isAnswered(contact);
});

test("a turn at work is joined, also when the next try finds no place", async () => {
  hub.hermes.configure({ release: "0.19" });
  await db().collection("hermes").deleteMany({});
  const contact = hub.addContact(await hub.addBot());
  const finish = hub.hermes.holdTurns({ kind: "ok", text: "Answer to the first" });
  await hub.work(await contact.writes("first"));
  expect(await waitsFor(contact)).toBe("in_progress");
  hub.hermes.tunnel.behave({ kind: "cloudflare-busy" });
  await workOff(hub, { isDone: async () => (await waitsFor(contact)) === "hermes_full" });
  finish();
  await isAnswered(contact);
});
