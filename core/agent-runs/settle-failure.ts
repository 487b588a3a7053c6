import { mostTriesOf, type HermesOutcome } from "#core/hermes/outcomes.ts";
import { compose } from "#core/sending/compose.ts";
import { outboundStore } from "#core/sending/outbound.store.ts";
import { plusMs, plusSeconds } from "#core/shared/clock.ts";
import type { AgentRun, Attempt, WaitCause } from "./agent-run.ts";
import { agentRunStore } from "./agent-run.store.ts";
import { backOffMs } from "./back-off.ts";
import type { Briefing } from "./briefing.ts";
import type { Came } from "./carry-out.ts";
import { measureStep } from "./measure-runs.ts";
import { hermesHealthStore } from "./hermes-health.store.ts";
import { hermesTargetOf, type HermesTarget } from "./hermes-target.ts";
import { waitingRunStore } from "./waiting-run.store.ts";
import type { AgentDeps, Turn } from "./work-conversation.ts";

type Failed = {
  run: AgentRun;
  attempt: Attempt;
  outcome: Extract<HermesOutcome, { kind: "failure" }>;
};

/** The one last word of a run that ends in `error`. */
export const lastWord = "Sorry, your message could not be answered. Please send it again later.";

const hourMs = 3_600_000;

/**
 * What becomes of a run that got no answer. What concerns the connection is an outage of Hermes and
 * costs the run nothing; full places are a queue; only what the message itself causes ends in
 * `error` (reference/hermes.md 2).
 */
export async function settleFailure(
  deps: AgentDeps,
  turn: Turn,
  briefing: Briefing,
  failed: Failed,
): Promise<Came> {
  const { run, outcome } = failed;
  deps.log.warn("hermes.failed", {
    runId: run._id,
    accountId: run.accountId,
    class: outcome.class,
    row: outcome.row,
  });
  const ageMs = deps.clock.ageNow().getTime() - run.askedAt.getTime();
  const isTooOld = ageMs > deps.settings.hermes.HERMES_MAX_AGE_HOURS * hourMs;
  const target = hermesTargetOf(deps, briefing.account);
  if (lacksRuns(failed)) {
    await hermesHealthStore(deps.db).keepCapabilities(target.id, false, deps.clock.now());
    return putOff(deps, turn, briefing, failed);
  }
  if (outcome.concern === "connection") await markAway(deps, target, outcome);
  if (outcome.class === "busy") await markFull(deps, target, outcome);
  if (isTooOld || isFinal(deps, failed)) return endInError(deps, turn, failed);
  return putOff(deps, turn, briefing, failed);
}

/**
 * Its capabilities name runs, and something before it, such as a tunnel's rule for paths, does not let
 * them through: it is asked by chat then, which says whether the path is wrong altogether.
 */
function lacksRuns({ run, outcome }: Failed): boolean {
  const { via, hermesRunId, mayBeThere } = run.request ?? {};
  const isNew = hermesRunId === null && mayBeThere !== true;
  return outcome.row === "wrong_path" && via === "runs" && isNew;
}

async function markAway(
  deps: AgentDeps,
  { id }: HermesTarget,
  outcome: Failed["outcome"],
): Promise<void> {
  const now = deps.clock.now();
  const first = await hermesHealthStore(deps.db).markAway({
    id,
    state: outcome.class === "misconfigured" ? "misconfigured" : "down",
    cause: outcome.row,
    now,
    nextProbeAt: plusMs(now, deps.settings.hermes.HERMES_RETRY_INTERVAL_MS),
  });
  if (first) deps.log.warn("hermes.went_away", { class: outcome.class, row: outcome.row });
}

/** The refused run counts as at work still. */
async function markFull(
  deps: AgentDeps,
  { id, own }: HermesTarget,
  { places }: Failed["outcome"],
): Promise<void> {
  const now = deps.clock.now();
  const atWork = (await waitingRunStore(deps.db).countBusy(own, now)) - 1;
  await hermesHealthStore(deps.db).markFull(id, now, { atWork, most: places ?? null });
}

function isFinal(deps: AgentDeps, { run, outcome }: Failed): boolean {
  if (outcome.concern !== "message") return false;
  const { HERMES_MAX_ATTEMPTS } = deps.settings.hermes;
  const most = Math.min(HERMES_MAX_ATTEMPTS, mostTriesOf[outcome.class] ?? HERMES_MAX_ATTEMPTS);
  return outcome.class === "refused" || run.failureCount + 1 >= most;
}

async function putOff(
  deps: AgentDeps,
  turn: Turn,
  briefing: Briefing,
  failed: Failed,
): Promise<Came> {
  const { run, attempt, outcome } = failed;
  const waitCause = lacksRuns(failed) ? "failed_turn" : causeOf(outcome);
  const queuedReplyMessageId =
    waitCause === "hermes_down" ? noticeFor(deps, briefing, run) : run.queuedReplyMessageId;
  const waitMs = lacksRuns(failed)
    ? 0
    : (outcome.retryAfterMs ??
      backOffMs(deps.settings.hermes, {
        cause: waitCause,
        attemptCount: run.attemptCount,
        random: deps.random(),
      }));
  const nextAttemptAt = plusMs(deps.clock.now(), waitMs);
  const request = await requestAfter(deps, failed);
  await agentRunStore(deps.db).step({
    runId: run._id,
    turnId: turn.id,
    from: [run.status],
    to: "retry_pending",
    attempt,
    set: {
      waitCause,
      nextAttemptAt,
      queuedReplyMessageId,
      ownHermes: hermesTargetOf(deps, briefing.account).own,
      ...(lacksRuns(failed) ? { hermesVia: "chat" as const } : {}),
      ...(waitCause === "hermes_full" ? { noticeDueAt: noticeDueAt(run) } : {}),
      error: `hermes.${outcome.class}: ${outcome.row}`,
      failureCount: run.failureCount + (outcome.concern === "message" ? 1 : 0),
      keyGeneration: run.keyGeneration + (outcome.newKeyNeeded ? 1 : 0),
      request,
      turnId: null,
      aliveUntil: null,
    },
  });
  return queuedReplyMessageId !== run.queuedReplyMessageId ? "again" : "waits";
}

/**
 * The bytes that the next attempt repeats. Null where a repeat must not meet them, and where nothing
 * of them can be at Hermes, by this attempt or one before: then more may join the question.
 */
async function requestAfter(deps: AgentDeps, failed: Failed): Promise<AgentRun["request"]> {
  const { run, outcome } = failed;
  const { sent, newKeyNeeded, class: kind } = outcome;
  if (newKeyNeeded || run.request === null) return null;
  // Whether the run was begun at Hermes is known to the record only.
  const request =
    run.request.via === "runs" ? (await agentRunStore(deps.db).get(run._id)).request : run.request;
  if (request === null) return null;
  const isUntouched = sent === "no" || kind === "busy" || lacksRuns(failed);
  const wasThere = request.mayBeThere === true || request.hermesRunId !== null;
  return isUntouched && !wasThere ? null : { ...request, mayBeThere: true };
}

function causeOf({ concern, class: kind }: Failed["outcome"]): WaitCause {
  if (kind === "in_progress") return "in_progress";
  if (concern === "connection") return "hermes_down";
  return concern === "capacity" ? "hermes_full" : "failed_turn";
}

/** The id that this run's notice will have; none when the contact knows already. */
function noticeFor(
  deps: Pick<AgentDeps, "newId">,
  { conversation }: Briefing,
  run: AgentRun,
): string | null {
  if (run.queuedReplyMessageId !== null) return run.queuedReplyMessageId;
  return conversation.noticeAt === null ? deps.newId("message") : null;
}

/** When a contact that waits for a place is told so. */
function noticeDueAt({ createdAt, policy }: AgentRun): Date {
  return plusSeconds(createdAt, policy.busyNoticeSeconds);
}

/** The run of a message that came while Hermes is away or full: it waits without a call. */
export function restAwaiting(
  deps: Pick<AgentDeps, "newId" | "clock" | "random" | "settings">,
  briefing: Briefing,
  run: AgentRun,
  waitCause: "hermes_down" | "hermes_full",
): AgentRun {
  const attemptCount = 0;
  const random = deps.random();
  const waitMs = backOffMs(deps.settings.hermes, { cause: waitCause, attemptCount, random });
  return {
    ...run,
    status: "retry_pending",
    waitCause,
    attemptCount,
    nextAttemptAt: plusMs(deps.clock.now(), waitMs),
    queuedReplyMessageId: waitCause === "hermes_down" ? noticeFor(deps, briefing, run) : null,
    error:
      waitCause === "hermes_down"
        ? `hermes.away: ${briefing.hermes?.cause ?? "unknown"}`
        : briefing.calls?.paused
          ? "hermes.paused: people have paused all calls"
          : "hermes.full: all places are taken",
    request: null,
    turnId: null,
    aliveUntil: null,
    ...(waitCause === "hermes_full" ? { noticeDueAt: noticeDueAt(run) } : {}),
  };
}

/** Ends a run that has waited for Hermes longer than anybody should. */
export async function giveUp(deps: AgentDeps, run: AgentRun): Promise<Came> {
  await storeLastWord(deps, run);
  const ended = await agentRunStore(deps.db).tryStep({
    runId: run._id,
    turnId: null,
    from: [run.status],
    to: "error",
    set: {
      error: `hermes.too_late: it waited too long, last for ${run.error ?? "Hermes"}`,
      completedAt: deps.clock.now(),
      nextAttemptAt: null,
    },
  });
  measureStep(deps.measure, ended);
  return "again";
}

/** It is stored before the run ends, so that it goes out whatever happens in between. */
async function storeLastWord(deps: AgentDeps, run: AgentRun): Promise<void> {
  await outboundStore(deps.db).insert(
    compose(
      deps,
      {
        id: deps.newId("message"),
        kind: "last_word",
        text: lastWord,
        accountId: run.accountId,
        conversationId: run.conversationId,
        userId: run.userId,
        runId: run._id,
        onceKey: `${run._id}:last_word`,
      },
      "later",
    ),
  );
}

async function endInError(deps: AgentDeps, turn: Turn, failed: Failed): Promise<Came> {
  const { run, attempt, outcome } = failed;
  await storeLastWord(deps, run);
  const ended = await agentRunStore(deps.db).step({
    runId: run._id,
    turnId: turn.id,
    from: [run.status],
    to: "error",
    attempt,
    set: {
      error: `hermes.${outcome.class}: ${outcome.row}`,
      failureCount: run.failureCount + 1,
      completedAt: deps.clock.now(),
      nextAttemptAt: null,
    },
  });
  measureStep(deps.measure, ended);
  return "again";
}
