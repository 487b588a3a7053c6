import { beforeEach, describe, expect, test } from "vitest";
import { chunkTransitions, ChunkState, type OutboundMessage } from "#core/messages/message.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { openConversation, outboundMessage } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { outboundStore } from "./outbound.store.ts";

const { db } = withDatabase();
const deps = testDeps(db());
const store = outboundStore(db());
const conversation = openConversation(deps, "acc_1");
const now = deps.clock.now();
const longText = Array.from({ length: 3 }, () => "~".repeat(1990)).join("\n\n");

let message: OutboundMessage;
beforeEach(async () => {
  await db().collection("messages").deleteMany({});
  message = await insert();
});

async function insert(changed: Partial<OutboundMessage> = {}): Promise<OutboundMessage> {
  const outbound = outboundMessage(deps, conversation, { text: longText, ...changed });
  await store.insert(outbound);
  return outbound;
}

async function stored(): Promise<OutboundMessage | null> {
  return store.find(message._id);
}

async function states(): Promise<ChunkState[] | undefined> {
  return (await stored())?.chunks.map(({ state }) => state);
}

function record(state: ChunkState, index = 0, at = now) {
  return store.recordChunk({ message, index, set: { state, code: "x" }, nextAttemptAt: at });
}

async function setStates(...all: ChunkState[]): Promise<void> {
  const set = Object.fromEntries(all.map((state, index) => [`chunks.${index}.state`, state]));
  await db().collection<OutboundMessage>("messages").updateOne({ _id: message._id }, { $set: set });
}

describe("storing", () => {
  test("a second one of the same answer finds the first, whose client ids stay", async () => {
    const again = outboundMessage(deps, conversation, { _id: message._id, text: longText });
    expect(await store.insert(again)).toBe("exists");
    expect(await stored()).toEqual(message);
  });
});

describe("what a chunk's tries came to", () => {
  test.each(["accepted", "unconfirmed"] as const)(
    "%s: the next is under way, and after the last the message is done",
    async (state) => {
      await record(state);
      expect(await states()).toEqual([state, "sending", "queued"]);
      expect((await stored())?.chunks[1]?.attempts).toBe(1);
      await record(state, 1);
      await record(state, 2);
      expect(await states()).toEqual([state, state, state]);
      expect(await stored()).not.toHaveProperty("open");
    },
  );

  test("put off: it is due at its time, and no sooner", async () => {
    const at = plusSeconds(now, 60);
    await record("queued", 0, at);
    expect(await stored()).toMatchObject({ open: "going", nextAttemptAt: at, pushAfter: at });
    expect(await store.listDue(plusSeconds(now, 59), 10, deps.log)).toEqual([]);
    expect(await store.listDue(at, 10, deps.log)).toHaveLength(1);
  });

  test("parked: it is due never, whatever the time", async () => {
    const offer = { parkedAfter: now, offerId: "msg_offer" };
    const set = { state: "parked", code: "credits" } as const;
    await store.recordChunk({ message, index: 0, set, nextAttemptAt: now, ...offer });
    expect(await stored()).toMatchObject({ open: "parked", ...offer });
    expect(await store.listDue(plusSeconds(now, 1e6), 10, deps.log)).toEqual([]);
  });

  test.each([
    ["refused", "dead"],
    ["dead", "dead"],
    ["skipped", "skipped"],
  ] as const)("%s: those behind it are %s, those before it stay", async (state, rest) => {
    await record("accepted");
    await record(state, 1);
    expect(await states()).toEqual(["accepted", state, rest]);
    expect(await stored()).not.toHaveProperty("open");
  });

  test.each(ChunkState.options)("follows the table from %s", async (from) => {
    for (const to of ChunkState.options) {
      await setStates(from, "queued", "queued");
      const mayFollow = chunkTransitions[from].includes(to);
      expect(await record(to), `${from} to ${to}`).toBe(mayFollow);
      expect((await states())?.[0]).toBe(mayFollow ? to : from);
    }
  });
});

describe("a try", () => {
  test("is counted before it is made, and takes a parked message up", async () => {
    await record("queued");
    expect(await store.beginChunk(message._id, 0, 4)).toBe(true);
    expect(await stored()).toMatchObject({ open: "going", chunks: [{ attempts: 4 }, {}, {}] });
  });

  test("of what is settled is none", async () => {
    await record("accepted");
    const before = await stored();
    expect(await store.beginChunk(message._id, 0, 2)).toBe(false);
    expect(await stored()).toEqual(before);
  });
});

describe("ending a message", () => {
  test("ends what was not sent yet, with the reason, once", async () => {
    await record("accepted");
    await store.drop(message._id, "dead", "account_gone");
    const after = await stored();
    expect(await states()).toEqual(["accepted", "dead", "dead"]);
    expect(after?.chunks.map(({ code }) => code)).toEqual(["x", "account_gone", "account_gone"]);
    expect(after).not.toHaveProperty("open");
    await store.drop(message._id, "skipped", "moot");
    expect(await stored()).toEqual(after);
  });
});

describe("a new login", () => {
  const wake = (accountId: string) =>
    store.wakeParked({ accountId, code: "login_expired", now: plusSeconds(now, 5) });

  async function park(code: string): Promise<void> {
    const set = { state: "parked", code } as const;
    await store.recordChunk({ message, index: 0, set, nextAttemptAt: now, parkedAfter: now });
  }

  test("wakes what the old one's end parked, of this account alone", async () => {
    await park("login_expired");
    await wake("acc_2");
    expect(await stored()).toMatchObject({ open: "parked" });
    await wake("acc_1");
    expect(await stored()).toMatchObject({ open: "going", nextAttemptAt: plusSeconds(now, 5) });
    expect(await store.listDue(plusSeconds(now, 5), 10, deps.log)).toHaveLength(1);
  });

  test.each(["window", "credits", "-2"])("leaves what waits for the contact: %s", async (code) => {
    await park(code);
    await wake("acc_1");
    expect(await stored()).toMatchObject({ open: "parked" });
  });
});

test("of many sweeps at once, one pushes the job of a due message", async () => {
  const claims = await Promise.all(
    Array.from({ length: 8 }, () => store.claimPush(message, plusSeconds(now, 240))),
  );
  expect(claims.filter(Boolean)).toHaveLength(1);
});
