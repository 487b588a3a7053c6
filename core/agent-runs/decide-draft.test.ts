import { describe, expect, test } from "vitest";
import { Review } from "#core/reviews/review.ts";
import { plusMs, plusSeconds } from "#core/shared/clock.ts";
import { approvedAccount, begunRun, openConversation, waitingMessage } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import type { AgentRun } from "./agent-run.ts";
import type { Briefing } from "./briefing.ts";
import { decideDraft, decideDraftWithout } from "./decide-draft.ts";

const { db } = withDatabase();
const deps = testDeps(db());
const now = deps.clock.now();
const account = approvedAccount(deps);
const conversation = openConversation(deps, account._id);
const first = waitingMessage(deps, conversation);
const again = waitingMessage(deps, conversation);

function draftWith(review: Partial<Review>, changed: Partial<AgentRun> = {}): AgentRun {
  const of = { account, conversation, messages: [first] };
  const open = { status: "awaiting_review", draft: true, review: Review.parse(review) } as const;
  return begunRun(deps, of, { ...open, ...changed });
}

function briefingWith(changed: Partial<Briefing>): Briefing {
  const none = { policy: null, hermes: null, openRun: null, notice: null, draft: null };
  const past = { pastRuns: [], personal: [], lastOfDay: null };
  return { conversation, account, ...none, ...past, waiting: [], outgoing: [], ...changed };
}

const approved = draftWith({ approvedBy: "mei", approvedAt: now, sendAt: plusSeconds(now, 5) });
const replaced = draftWith({}, { status: "cancelled", cancelReason: "superseded" });

describe("an approved draft", () => {
  test("waits out the time in which it may be withdrawn, to the millisecond", () => {
    const briefing = briefingWith({ draft: approved });
    expect(decideDraft(briefing, now)).toEqual({ do: "come_back", ms: 5_000 });
    expect(decideDraft(briefing, plusMs(now, 4_999))).toEqual({ do: "come_back", ms: 1 });
    expect(decideDraft(briefing, plusSeconds(now, 5))).toEqual({
      do: "send_approved",
      draft: approved,
    });
  });

  test("goes out before what the contact wrote since, and where somebody took over", () => {
    const later = plusSeconds(now, 6);
    const takenOver = { ...conversation, takenOverBy: "lin" };
    for (const more of [{ waiting: [again] }, { conversation: takenOver }]) {
      const briefing = briefingWith({ draft: approved, ...more });
      expect(decideDraft(briefing, later)).toMatchObject({ do: "send_approved" });
    }
  });

  test("waits for a login that comes back like any answer, and for no other account", () => {
    const briefing = briefingWith({ draft: approved });
    const later = plusSeconds(now, 6);
    expect(decideDraftWithout(briefing, later, "login_expired")).toMatchObject({
      do: "send_approved",
    });
    for (const why of ["account_not_approved", "account_gone"] as const) {
      expect(decideDraftWithout(briefing, later, why)).toMatchObject({ do: "unapprove" });
    }
  });
});

describe("an open draft", () => {
  test("is left alone until the contact writes", () => {
    expect(decideDraft(briefingWith({ draft: draftWith({}) }), now)).toEqual({
      do: "nothing",
      settled: true,
    });
  });

  test("is replaced then, unless somebody has it open, who is told once", () => {
    const claim = { claimedBy: "mei", claimExpiresAt: plusSeconds(now, 1) };
    const decide = (review: Partial<Review>, at = now) =>
      decideDraft(briefingWith({ draft: draftWith(review), waiting: [again] }), at)?.do;
    expect(decide({})).toBe("supersede");
    expect(decide(claim)).toBe("note_change");
    expect(decide({ ...claim, contextChangedAt: now })).toBe("nothing");
    expect(decide(claim, plusSeconds(now, 1))).toBe("supersede");
  });

  test("does not stand in the way of a run that is under way", () => {
    const openRun = begunRun(deps, { account, conversation, messages: [again] });
    expect(decideDraft(briefingWith({ draft: approved, openRun }), now)).toBeNull();
  });

  test("stays for people while the account is suspended, and ends with it", () => {
    const briefing = briefingWith({ draft: draftWith({}) });
    expect(decideDraftWithout(briefing, now, "account_not_approved")).toBeNull();
    expect(decideDraftWithout(briefing, now, "login_expired")).toBeNull();
    expect(decideDraftWithout(briefing, now, "account_gone")).toMatchObject({
      do: "cancel_draft",
      why: "account_gone",
    });
  });
});

describe("a replaced draft", () => {
  test("has a run begin over its messages, and is forgotten when that is there", () => {
    expect(decideDraft(briefingWith({ draft: replaced }), now)).toBeNull();
    const openRun = begunRun(
      deps,
      { account, conversation, messages: [first] },
      { replacesRunId: replaced._id },
    );
    expect(decideDraft(briefingWith({ draft: replaced, openRun }), now)).toEqual({
      do: "finish_hand_over",
      draft: replaced,
      run: openRun,
    });
  });

  test("is forgotten without one where Hermes may not be asked any more", () => {
    const takenOver = { ...conversation, takenOverBy: "lin" };
    const forgotten = { do: "finish_hand_over", draft: replaced, run: null };
    const briefing = briefingWith({ draft: replaced, conversation: takenOver });
    expect(decideDraft(briefing, now)).toEqual(forgotten);
    for (const why of ["account_not_approved", "account_gone"] as const) {
      expect(decideDraftWithout(briefing, now, why)).toEqual(forgotten);
    }
    expect(decideDraftWithout(briefing, now, "login_expired")).toBeNull();
  });
});
