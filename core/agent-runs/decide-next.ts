import type { InboundMessage } from "#core/messages/message.ts";
import type { AccountStatus } from "#core/accounts/account.ts";
import type { Job } from "#core/queue/job.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import type { AgentRun } from "./agent-run.ts";
import type { Briefing } from "./briefing.ts";
import { decideDraft, decideDraftWithout, isHandingOn, type DraftStep } from "./decide-draft.ts";
import { decideParking, decideSending, type SendingStep } from "./decide-sending.ts";
import { isFull } from "./hermes-health.store.ts";

/** What a conversation needs next. One invocation goes from step to step until there is `nothing`. */
export type NextStep =
  | SendingStep
  | DraftStep
  | { do: "nothing"; settled: boolean }
  | { do: "abandon"; why: "account_not_approved" | "account_gone" }
  | { do: "finish_sending"; run: AgentRun }
  | { do: "notify"; run: AgentRun }
  /** It has waited for Hermes longer than anybody should. */
  | { do: "give_up"; run: AgentRun }
  | { do: "ask_again"; run: AgentRun; joining: readonly InboundMessage[] }
  | { do: "mend_join"; run: AgentRun; messageIds: readonly string[] }
  /** A person answers here now: what was asked of Hermes ends. */
  | { do: "yield"; run: AgentRun }
  | { do: "leave"; reason: "policy_off" | "hermes_disabled" | "taken_over" }
  | { do: "auto_reply" }
  | { do: "wait"; ms: number }
  | { do: "start"; waitCause: "hermes_down" | "hermes_full" | null };

export type Circumstances = {
  job: Pick<Job, "do" | "ref">;
  now: Date;
  ageNow: Date;
  hermesEnabled: boolean;
  autoReplyEnabled: boolean;
  maxAgeHours: number;
};

/**
 * Decides from what is stored alone, so that whichever job came, however often, the same is done:
 * what is going out first, then a parked rest, then what people decided about a draft, then the
 * unfinished run, then new messages.
 */
export function decideNext(briefing: Briefing, now: Circumstances): NextStep {
  const status = briefing.account?.status ?? "retired";
  if (status !== "approved") return withoutAccount(briefing, status, now.now);
  const sending = decideSending(briefing, now);
  if (sending) return sending;
  const draft = decideDraft(briefing, now.now);
  if (draft) return draft;
  if (briefing.conversation.takenOverBy !== null) return forPerson(briefing);
  if (briefing.openRun) return forOpenRun(briefing, briefing.openRun, now);
  if (briefing.waiting.length === 0 && !isHandingOn(briefing.draft)) {
    return { do: "nothing", settled: true };
  }
  return forWaiting(briefing, now);
}

/** A login that expired comes back; what waits then goes on. Any other status means no. */
function withoutAccount(briefing: Briefing, status: AccountStatus, now: Date): NextStep {
  const why = whyWithout(status);
  const draft = decideDraftWithout(briefing, now, why);
  const open = briefing.openRun ?? briefing.waiting[0] ?? briefing.outgoing[0];
  if (why === "login_expired") {
    const run = briefing.openRun;
    const unsent = run?.status === "sending" ? { do: "finish_sending" as const, run } : null;
    return decideParking(briefing) ?? unsent ?? draft ?? { do: "nothing", settled: !open };
  }
  if (draft) return draft;
  if (!open) return { do: "nothing", settled: !open };
  return { do: "abandon", why };
}

function whyWithout(status: AccountStatus) {
  if (status === "login_expired") return status;
  const isGone = status === "retiring" || status === "retired";
  return isGone ? "account_gone" : "account_not_approved";
}

/**
 * A person has taken over: no text reaches Hermes, all of them are the person's. Handing back brings
 * none of them back, since the person read them and answered or let them be; Hermes is asked again
 * from the contact's next text on, and the note in front of it tells what it missed (`note.ts`).
 */
function forPerson(briefing: Briefing): NextStep {
  const { openRun, waiting } = briefing;
  if (openRun) {
    const unmarked = unmarkedOf(briefing, openRun);
    if (unmarked) return unmarked;
    if (openRun.status === "sending") return { do: "finish_sending", run: openRun };
    return { do: "yield", run: openRun };
  }
  if (waiting.length > 0) return { do: "leave", reason: "taken_over" };
  return { do: "nothing", settled: true };
}

/** A crash came between the run and the marks on its messages. */
function unmarkedOf({ waiting }: Briefing, run: AgentRun): NextStep | null {
  const unmarked = waiting.filter(({ _id }) => run.messageIds.includes(_id));
  if (unmarked.length === 0) return null;
  return { do: "mend_join", run, messageIds: unmarked.map(({ _id }) => _id) };
}

function forOpenRun(briefing: Briefing, run: AgentRun, now: Circumstances): NextStep {
  const unmarked = unmarkedOf(briefing, run);
  if (unmarked) return unmarked;
  if (run.status === "sending") return { do: "finish_sending", run };
  // Until its bytes went to Hermes, what was written meanwhile belongs to the same question.
  const joining = run.request === null ? briefing.waiting : [];
  if (run.status !== "retry_pending") {
    return isPaused(briefing)
      ? { do: "nothing", settled: false }
      : { do: "ask_again", run, joining };
  }
  if (isTooOld(run, now)) return { do: "give_up", run };
  if (owesNotice(briefing, run) || owesBusyNotice(briefing, run, now)) return { do: "notify", run };
  const isAsked = now.job.do === "retry" && now.job.ref === run._id;
  const isDue = run.nextAttemptAt !== null && run.nextAttemptAt <= now.now;
  const isShut = isAway(briefing) || isPaused(briefing) || !now.hermesEnabled;
  if (isShut || !(isAsked || isDue)) return { do: "nothing", settled: false };
  return { do: "ask_again", run, joining };
}

/** A crash came between the run's step and its notice; one that is not so any more is not owed. */
function owesNotice(briefing: Briefing, run: AgentRun): boolean {
  const isUntold = run.queuedReplyMessageId !== null && briefing.notice === null;
  return isUntold && run.waitCause === "hermes_down" && isAway(briefing);
}

/** Told once, and not while the contact knows already that its message waits. */
function owesBusyNotice(briefing: Briefing, run: AgentRun, now: Circumstances) {
  const { conversation, notice } = briefing;
  // The hub's own words tell of many people who write; during a pause only the policy's are true.
  const isForPause = isPaused(briefing) || run.error?.startsWith("hermes.paused") === true;
  if (isForPause && run.policy.busyNoticeText === undefined) return false;
  const dueAt = plusSeconds(run.createdAt, run.policy.busyNoticeSeconds);
  const isUntold = conversation.noticeAt === null && notice === null;
  return run.waitCause === "hermes_full" && isUntold && dueAt <= now.now;
}

function isTooOld({ askedAt, waitCause }: AgentRun, { ageNow, maxAgeHours }: Circumstances) {
  const isForPlace = waitCause === "hermes_down" || waitCause === "hermes_full";
  return isForPlace && plusSeconds(askedAt, maxAgeHours * 3600) < ageNow;
}

function forWaiting(briefing: Briefing, now: Circumstances): NextStep {
  if (!now.hermesEnabled) {
    return now.autoReplyEnabled ? { do: "auto_reply" } : { do: "leave", reason: "hermes_disabled" };
  }
  if (briefing.policy?.mode === "off") return { do: "leave", reason: "policy_off" };
  const completeAt = Math.max(
    0,
    ...briefing.waiting.map(({ pushAfter }) => pushAfter?.getTime() ?? 0),
  );
  const ms = completeAt - now.now.getTime();
  if (ms > 0 && ms <= longestWaitMs) return { do: "wait", ms };
  if (isAway(briefing)) return { do: "start", waitCause: "hermes_down" };
  const mustWait = isPaused(briefing) || isFull(briefing.hermes, now.now);
  return { do: "start", waitCause: mustWait ? "hermes_full" : null };
}

/** `pushAfter` lies further ahead only where a sweep has put its next look off. */
const longestWaitMs = 15_000;

/** Questions queue up as if all places were taken. */
function isPaused({ calls }: Briefing): boolean {
  return calls?.paused ?? false;
}

function isAway({ hermes }: Briefing): boolean {
  return hermes !== null && hermes.state !== "up";
}
