import { describe, expect, test } from "vitest";
import type { OutboundMessage } from "#core/messages/message.ts";
import { plusMs, plusSeconds } from "#core/shared/clock.ts";
import {
  approvedAccount,
  begunRun,
  openConversation,
  outboundMessage,
  policyNamed,
  waitingMessage,
} from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import type { Briefing } from "./briefing.ts";
import { decideParking, decideSending } from "./decide-sending.ts";
import { HermesHealth } from "./hermes-health.store.ts";

const { db } = withDatabase();
const deps = testDeps(db());
const now = deps.clock.now();
const account = approvedAccount(deps);
const conversation = openConversation(deps, account._id);
const hourMs = 3_600_000;

function briefing(changed: Partial<Briefing>): Briefing {
  const nothing = {
    hermes: null,
    openRun: null,
    notice: null,
    draft: null,
    waiting: [],
    outgoing: [],
    pastRuns: [],
    lastOfDay: null,
    personal: [],
  };
  return { conversation, account, policy: policyNamed("auto"), ...nothing, ...changed };
}

function decide(changed: Partial<Briefing>, ageNow = now) {
  return decideSending(briefing(changed), { now, ageNow });
}

function outgoing(changed: Partial<OutboundMessage> = {}) {
  return outboundMessage(deps, conversation, changed);
}

const earlier = plusSeconds(now, -60);
const parked = outgoing({ open: "parked", parkedAfter: earlier });
const offered = outgoing({ open: "parked", parkedAfter: earlier, offerId: "msg_offer" });
const down = HermesHealth.parse({
  _id: "http://hermes/v1",
  state: "down",
  cause: "refused",
  since: now,
  nextProbeAt: now,
  version: 1,
});

describe("what is going out", () => {
  test("comes first, with its run when that is still open", () => {
    const run = begunRun(deps, {
      account,
      conversation,
      messages: [waitingMessage(deps, conversation)],
    });
    const message = outgoing();
    const openRun = { ...run, outboundMessageId: message._id };
    expect(decide({ outgoing: [parked, message], openRun })).toMatchObject({
      do: "send",
      message: { _id: message._id },
      run: { _id: run._id },
    });
    expect(decide({ outgoing: [message], openRun: run })).toMatchObject({ do: "send", run: null });
  });

  test("waits for its time, and everything behind it as well", () => {
    const throttled = outgoing({ nextAttemptAt: plusSeconds(now, 60) });
    expect(decide({ outgoing: [throttled, parked] })).toEqual({ do: "nothing", settled: false });
  });

  test("needs no time to come when the login is over, since it is parked", () => {
    const throttled = outgoing({ nextAttemptAt: plusSeconds(now, 60) });
    expect(decideParking(briefing({ outgoing: [throttled] }))).toMatchObject({
      do: "send",
      message: throttled,
    });
    expect(decideParking(briefing({ outgoing: [parked] }))).toBeNull();
  });
});

describe("a parked answer", () => {
  test("goes on once the contact has written since, before anything else", () => {
    expect(decide({ outgoing: [parked] })).toMatchObject({ do: "send", message: parked });
  });

  test.each([
    ["before that", { parkedAfter: now }, {}, now],
    ["without a credit", {}, { credits: 0 }, now],
    ["once 24 h are over", {}, {}, plusMs(now, 24 * hourMs)],
  ])("stays %s", (_when, message, changed, ageNow) => {
    const held = { ...parked, ...message };
    const of = { outgoing: [held], conversation: { ...conversation, ...changed } };
    expect(decide(of, ageNow)).toBeNull();
  });

  test("that must stay does not hold up a later one that may go", () => {
    const held = { ...parked, parkedAfter: now };
    const later = outgoing({ open: "parked", parkedAfter: earlier });
    expect(decide({ outgoing: [held, later] })).toMatchObject({ message: { _id: later._id } });
  });
});

describe("a message that is just being stored", () => {
  const sentAt = plusSeconds(now, 1);

  test("does not overtake the rest: nothing is done until its conversation knows of it", () => {
    const waiting = [waitingMessage(deps, conversation, { sentAt })];
    const held = { ...parked, parkedAfter: now };
    expect(decide({ outgoing: [held], waiting })).toEqual({ do: "nothing", settled: false });
    expect(decide({ waiting })).toBeNull();
  });

  test("of an older login never will be, and holds up nothing", () => {
    const waiting = [waitingMessage(deps, conversation, { sentAt, generation: 0 })];
    expect(decide({ outgoing: [parked], waiting })).toMatchObject({ do: "send" });
  });
});

describe("messages that only ask for the rest", () => {
  const waiting = ["继续", "What about tea?", "Continue!"].map((text) =>
    waitingMessage(deps, conversation, { text }),
  );
  const [first, , third] = waiting.map(({ _id }) => _id);

  test("are used up by it when it was offered", () => {
    expect(decide({ outgoing: [offered], waiting })).toMatchObject({ consumes: [first, third] });
  });

  test("are questions when nothing was offered", () => {
    expect(decide({ outgoing: [parked], waiting })).toMatchObject({ consumes: [] });
  });

  test("stay in the run that they belong to", () => {
    const run = begunRun(deps, { account, conversation, messages: waiting.slice(0, 1) });
    expect(decide({ outgoing: [offered], waiting, openRun: run })).toMatchObject({
      consumes: [third],
    });
  });

  test("are those of the policy, where it has some", () => {
    const policy = { ...policyNamed("auto"), continueWords: ["What about tea"] };
    expect(decide({ outgoing: [offered], waiting, policy })).toMatchObject({
      consumes: [waiting[1]?._id],
    });
  });
});

describe("what is no longer so is not said", () => {
  test("the offer, once the contact's new message brought credits", () => {
    const offer = outgoing({ kind: "offer", nextAttemptAt: plusSeconds(now, 60) });
    expect(decide({ outgoing: [offer] })).toEqual({ do: "drop", message: offer });
    const spent = { ...conversation, credits: 1 };
    expect(decide({ outgoing: [offer], conversation: spent })).toMatchObject({ do: "nothing" });
  });

  test("the notice, once Hermes is back or its run is over", () => {
    const run = begunRun(
      deps,
      { account, conversation, messages: [waitingMessage(deps, conversation)] },
      { status: "retry_pending", waitCause: "hermes_down" },
    );
    const notice = outgoing({ kind: "notice", runId: run._id });
    const of = { outgoing: [notice], openRun: run };
    expect(decide({ ...of, hermes: down })).toMatchObject({ do: "send", message: notice });
    expect(decide({ ...of, hermes: { ...down, state: "up" } })).toMatchObject({ do: "drop" });
    expect(decide({ ...of, hermes: down, openRun: null })).toMatchObject({ do: "drop" });
  });
});
