import { describe, expect, test } from "vitest";
import { accountStatuses, type AccountStatus } from "#core/accounts/account.ts";
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
import type { AgentRun } from "./agent-run.ts";
import type { Briefing } from "./briefing.ts";
import { decideNext, type Circumstances } from "./decide-next.ts";
import { HermesHealth } from "./hermes-health.store.ts";

const { db } = withDatabase();
const deps = testDeps(db());
const now = deps.clock.now();
const account = approvedAccount(deps);
const conversation = openConversation(deps, account._id);
const first = waitingMessage(deps, conversation);
const second = waitingMessage(deps, conversation);

const quiet: Briefing = {
  conversation,
  account,
  policy: policyNamed("auto"),
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

const usual: Circumstances = {
  job: { do: "answer", ref: first._id },
  now,
  ageNow: now,
  hermesEnabled: true,
  autoReplyEnabled: false,
  maxAgeHours: 24,
};

function decide(briefing: Partial<Briefing>, circumstances: Partial<Circumstances> = {}) {
  return decideNext({ ...quiet, ...briefing }, { ...usual, ...circumstances });
}

function runWith(changed: Partial<AgentRun>): AgentRun {
  return begunRun(deps, { account, conversation, messages: [first] }, changed);
}

function hermes(changed: Partial<HermesHealth>): HermesHealth {
  return HermesHealth.parse({
    _id: "http://hermes/v1",
    state: "up",
    cause: null,
    since: now,
    nextProbeAt: now,
    version: 1,
    ...changed,
  });
}

const waitingForHermes = runWith({
  status: "retry_pending",
  waitCause: "hermes_down",
  nextAttemptAt: plusSeconds(now, 30),
  request: null,
  queuedReplyMessageId: "msg_notice",
});
const told = { openRun: waitingForHermes, notice: { _id: "msg_notice" } };
const retry = { job: { do: "retry", ref: waitingForHermes._id } } as const;
const answer = outboundMessage(deps, conversation);

describe("a conversation with nothing in it", () => {
  test("needs nothing, whichever job comes", () => {
    for (const kind of ["answer", "retry", "resume", "send"] as const) {
      expect(decide({}, { job: { do: kind, ref: "any" } })).toEqual({
        do: "nothing",
        settled: true,
      });
    }
  });
});

describe("new messages", () => {
  test("begin a run", () => {
    expect(decide({ waiting: [first] })).toEqual({ do: "start", waitCause: null });
  });

  test("of a burst are waited for to its end", () => {
    const burst = [first, { ...second, pushAfter: plusMs(now, 1_200) }];
    expect(decide({ waiting: burst })).toEqual({ do: "wait", ms: 1_200 });
    expect(decide({ waiting: burst }, { now: plusMs(now, 1_200) }).do).toBe("start");
  });

  test("whose next look a sweep has put off are not waited for", () => {
    const forgotten = { ...first, pushAfter: plusSeconds(now, 300) };
    expect(decide({ waiting: [forgotten] }).do).toBe("start");
  });

  test("are left with the reason where nobody is to answer", () => {
    const waiting = [first];
    expect(decide({ waiting, policy: policyNamed("off") })).toEqual({
      do: "leave",
      reason: "policy_off",
    });
    expect(decide({ waiting }, { hermesEnabled: false })).toEqual({
      do: "leave",
      reason: "hermes_disabled",
    });
    const autoReply = { hermesEnabled: false, autoReplyEnabled: true };
    expect(decide({ waiting }, autoReply)).toEqual({ do: "auto_reply" });
    expect(decide({ waiting }, { autoReplyEnabled: true }).do).toBe("start");
  });

  test.each([
    ["up", hermes({}), null],
    ["down", hermes({ state: "down" }), "hermes_down"],
    ["misconfigured", hermes({ state: "misconfigured" }), "hermes_down"],
    ["full", hermes({ fullAt: plusSeconds(now, -5) }), "hermes_full"],
    ["full a while ago", hermes({ fullAt: plusSeconds(now, -60) }), null],
    ["down and full", hermes({ state: "down", fullAt: now }), "hermes_down"],
  ])("queue at once where Hermes is known to be away or full: %s", (_how, health, waitCause) => {
    expect(decide({ waiting: [first], hermes: health })).toEqual({ do: "start", waitCause });
  });
});

describe("an unfinished run comes before new messages", () => {
  test.each(["running", "retrying"] as const)(
    "that is %s, its holder gone: is gone on with",
    (status) => {
      const openRun = runWith({ status });
      expect(decide({ openRun, waiting: [second] })).toEqual({
        do: "ask_again",
        run: openRun,
        joining: [],
      });
    },
  );

  test("whose messages are not marked: they are, before anything else", () => {
    const openRun = runWith({ status: "sending" });
    expect(decide({ openRun, waiting: [first, second] })).toEqual({
      do: "mend_join",
      run: openRun,
      messageIds: [first._id],
    });
  });

  test("whose answer is fixed: it is sent", () => {
    const openRun = runWith({ status: "sending", outboundMessageId: answer._id });
    expect(decide({ openRun })).toEqual({ do: "finish_sending", run: openRun });
    expect(decide({ openRun, outgoing: [answer] })).toMatchObject({
      do: "send",
      message: answer,
      run: openRun,
    });
  });
});

describe("a run that waits", () => {
  test("is asked again when its time has come or its retry is pushed, with what joined it", () => {
    const nothing = { do: "nothing", settled: false };
    const again = { do: "ask_again", run: waitingForHermes, joining: [second] };
    const waiting = [second];
    expect(decide({ ...told, waiting })).toEqual(nothing);
    expect(decide({ ...told, waiting }, { now: plusSeconds(now, 30) })).toEqual(again);
    expect(decide({ ...told, waiting }, retry)).toEqual(again);
    expect(decide({ ...told, waiting }, { job: { do: "retry", ref: "run_other" } })).toEqual(
      nothing,
    );
  });

  test("is not asked while Hermes is away or switched off", () => {
    const away = { ...told, hermes: hermes({ state: "down" }) };
    expect(decide(away, retry)).toEqual({ do: "nothing", settled: false });
    expect(decide(told, { ...retry, hermesEnabled: false })).toEqual({
      do: "nothing",
      settled: false,
    });
  });

  test("takes no more messages in once its bytes went out", () => {
    const request = { ...begunRequest(), body: "{}" };
    const openRun = { ...waitingForHermes, request };
    expect(decide({ ...told, openRun, waiting: [second] }, retry)).toMatchObject({ joining: [] });
  });

  test("owes a notice that was not stored, unless Hermes is back meanwhile", () => {
    const owing = { openRun: waitingForHermes, notice: null };
    const away = hermes({ state: "down" });
    expect(decide({ ...owing, hermes: away })).toEqual({ do: "notify", run: waitingForHermes });
    expect(decide({ ...owing, hermes: hermes({}) }, retry).do).toBe("ask_again");
  });

  function begunRequest() {
    const { request } = runWith({});
    if (!request) throw new Error("A begun run has a request.");
    return request;
  }
});

describe("what is going out comes first", () => {
  const waiting = [second];

  test("at its time, and all waits behind it until then", () => {
    const later: OutboundMessage = { ...answer, nextAttemptAt: plusSeconds(now, 60) };
    expect(decide({ outgoing: [later], waiting })).toEqual({ do: "nothing", settled: false });
    expect(decide({ outgoing: [later], waiting }, { now: plusSeconds(now, 60) })).toMatchObject({
      do: "send",
      message: later,
      run: null,
    });
  });

  test("a parked answer only once the contact has written since, and before the new question", () => {
    const parked = { ...answer, open: "parked" as const, parkedAfter: conversation.lastInboundAt };
    expect(decide({ outgoing: [parked], waiting }).do).toBe("start");
    const written = { ...conversation, lastInboundAt: plusSeconds(now, 5) };
    expect(decide({ outgoing: [parked], waiting, conversation: written })).toMatchObject({
      do: "send",
      message: parked,
    });
  });

  test("a parked answer not without credits, nor after the window has shut", () => {
    const parked = { ...answer, open: "parked" as const, parkedAfter: null };
    const broke = { ...conversation, credits: 0 };
    expect(decide({ outgoing: [parked], conversation: broke }).do).toBe("nothing");
    const dayLater = { ageNow: plusSeconds(now, 86_400) };
    expect(decide({ outgoing: [parked] }, dayLater).do).toBe("nothing");
    expect(decide({ outgoing: [parked] }).do).toBe("send");
  });
});

describe("a run that waits for one of Hermes' places", () => {
  const createdAt = plusSeconds(now, -299);
  const openRun = runWith({
    status: "retry_pending",
    waitCause: "hermes_full",
    nextAttemptAt: plusSeconds(now, 30),
    createdAt,
  });

  test("is told so once, when it has waited as long as the policy says", () => {
    expect(decide({ openRun }).do).toBe("nothing");
    const later = { now: plusSeconds(now, 1) };
    expect(decide({ openRun }, later).do).toBe("notify");
    expect(decide({ openRun, notice: { _id: "msg_1" } }, later).do).toBe("nothing");
    const told = { ...conversation, noticeAt: now };
    expect(decide({ openRun, conversation: told }, later).do).toBe("nothing");
  });

  test("ends when it has waited longer than anybody should, also while Hermes is away", () => {
    const late = { ageNow: plusSeconds(now, 24 * 3600 + 1) };
    expect(decide({ openRun }, late).do).toBe("give_up");
    expect(decide({ ...told, hermes: hermes({ state: "down" }) }, late).do).toBe("give_up");
    expect(decide({ openRun: { ...openRun, waitCause: "in_progress" } }, late).do).not.toBe(
      "give_up",
    );
  });
});

describe("a conversation that a person has taken over", () => {
  const takenOver = { conversation: { ...conversation, takenOverBy: "mei" } };

  test("asks Hermes nothing: texts are the person's, what was asked ends", () => {
    expect(decide({ ...takenOver, waiting: [first] })).toEqual({
      do: "leave",
      reason: "taken_over",
    });
    for (const status of ["running", "retrying", "retry_pending"] as const) {
      const openRun = runWith({ status, queuedReplyMessageId: "msg_notice" });
      expect(decide({ ...takenOver, openRun }).do).toBe("yield");
    }
    expect(decide(takenOver)).toEqual({ do: "nothing", settled: true });
  });

  test("ends what is going out, and mends a run's marks first", () => {
    const openRun = runWith({ status: "sending" });
    expect(decide({ ...takenOver, openRun }).do).toBe("finish_sending");
    expect(decide({ ...takenOver, openRun, waiting: [first] }).do).toBe("mend_join");
  });
});

describe("an account that may not answer", () => {
  const open: Partial<Briefing>[] = [
    { waiting: [first] },
    { openRun: runWith({ status: "running" }) },
    { outgoing: [answer] },
  ];
  const others = accountStatuses.filter((status) => status !== "approved");

  test.each(others.filter((status) => status !== "login_expired"))(
    "has what is open ended: %s",
    (status) => {
      const gone: AccountStatus[] = ["retiring", "retired"];
      const why = gone.includes(status) ? "account_gone" : "account_not_approved";
      for (const each of open) {
        expect(decide({ ...each, account: { ...account, status } })).toEqual({
          do: "abandon",
          why,
        });
      }
      expect(decide({ account: { ...account, status } })).toEqual({ do: "nothing", settled: true });
    },
  );

  test("for its expired login keeps what waits, and asks nobody", () => {
    const expired: Partial<Briefing> = { account: { ...account, status: "login_expired" } };
    for (const each of [{ waiting: [first] }, told]) {
      expect(decide({ ...expired, ...each }, retry)).toEqual({ do: "nothing", settled: false });
    }
    expect(decide(expired)).toEqual({ do: "nothing", settled: true });
  });

  test("because it is gone altogether has what is open ended", () => {
    expect(decide({ account: null, waiting: [first] })).toEqual({
      do: "abandon",
      why: "account_gone",
    });
  });
});
