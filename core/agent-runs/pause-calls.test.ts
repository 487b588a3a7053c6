import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Account } from "#core/accounts/account.ts";
import { auditStore } from "#core/audit/audit.store.ts";
import type { Policy } from "#core/policies/policy.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { operator } from "#test/records.ts";
import { startSmallHub, type Contact, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";
import { hermesHealthStore } from "./hermes-health.store.ts";
import { callsId, pauseCalls, resumeCalls } from "./pause-calls.ts";

const { db } = withDatabase();
let hub: SmallHub;
let account: Account;
let contact: Contact;
beforeAll(async () => {
  hub = await startSmallHub(db());
});
afterAll(() => hub.stop());
beforeEach(async () => {
  account = await hub.addBot();
  contact = hub.addContact(account);
});

/** The job by which the retry Lambda has the waiting run tried again. */
async function retry(): Promise<void> {
  const run = (await contact.runs()).find(({ status }) => status === "retry_pending");
  if (!run) throw new Error("No run waits.");
  const { conversationId, _id: ref } = run;
  await hub.work({ jobId: hub.deps.newId("job"), conversationId, do: "retry", ref });
}

test("while calls are paused questions wait unasked and untold, and go on afterwards", async () => {
  await pauseCalls(hub.deps, operator, "the model is being changed");
  await hub.work(await contact.writes("Are you open?"));
  expect(await contact.runs()).toMatchObject([
    { status: "retry_pending", waitCause: "hermes_full", request: null },
  ]);
  expect((await contact.runs())[0]?.error).toContain("hermes.paused");
  await retry();
  hub.deps.clock.moveOn(400_000);
  await retry();
  expect(contact.reads()).toEqual([]);
  expect(await contact.runs()).toMatchObject([{ status: "retry_pending", request: null }]);

  await resumeCalls(hub.deps, operator);
  await retry();
  expect(await contact.runs()).toMatchObject([{ status: "sent" }]);
  expect(contact.reads()).toHaveLength(1);
});

test("a policy with words of its own has them sent during a long pause, once", async () => {
  const busyNoticeText = "We answer again this afternoon.";
  await db()
    .collection<Policy>("policies")
    .updateOne({ _id: account.policyId }, { $set: { busyNoticeText, busyNoticeSeconds: 60 } });
  await pauseCalls(hub.deps, operator, "a long one");
  await hub.work(await contact.writes("Hello?"));
  hub.deps.clock.moveOn(61_000);
  await retry();
  await retry();
  expect(contact.reads()).toEqual([busyNoticeText]);
  await resumeCalls(hub.deps, operator);
  await db()
    .collection<Policy>("policies")
    .updateOne({ _id: account.policyId }, { $unset: { busyNoticeText: true } });
});

test("pausing and resuming twice is one change and one audit line each", async () => {
  const before = (await auditStore(db()).listOf(callsId, 100)).length;
  const first = await pauseCalls(hub.deps, operator, "one");
  expect(await pauseCalls(hub.deps, operator, "two")).toEqual(first);
  await Promise.all([1, 2, 3].map(() => resumeCalls(hub.deps, operator)));
  const lines = await auditStore(db()).listOf(callsId, 100);
  expect(lines.slice(0, lines.length - before).map(({ action }) => action)).toEqual([
    "hermes.resumed",
    "hermes.paused",
  ]);
});

test("a Hermes keeps when it went and came back, the last two hundred times", async () => {
  const store = hermesHealthStore(db());
  const id = "http://flapping/v1";
  const start = new Date("2026-03-02T08:00:00.000Z");
  for (let at = 0; at < 202; at += 2) {
    const now = plusSeconds(start, at);
    await store.markAway({ id, state: "down", cause: "refused", now, nextProbeAt: now });
    await store.markAway({ id, state: "down", cause: "refused", now, nextProbeAt: now });
    await store.markUp(id, plusSeconds(start, at + 1));
  }
  const changes = (await store.find(id))?.changes ?? [];
  expect(changes).toHaveLength(200);
  expect(changes.at(-1)).toEqual({ at: plusSeconds(start, 201), state: "up", cause: null });
  expect(changes[0]).toMatchObject({ at: plusSeconds(start, 2), state: "down", cause: "refused" });
  await store.forget(id);
});
