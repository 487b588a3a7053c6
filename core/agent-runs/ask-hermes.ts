import type { Account } from "#core/accounts/account.ts";
import { cleanAnswer } from "#core/hermes/clean-answer.ts";
import { createHermesClient } from "#core/hermes/hermes.client.ts";
import type { HermesOutcome } from "#core/hermes/outcomes.ts";
import type { InboundMessage } from "#core/messages/message.ts";
import { messageStore } from "#core/messages/message.store.ts";
import { needsReview, type Policy } from "#core/policies/policy.ts";
import { TryLaterError } from "#core/shared/errors.ts";
import { agentRunStore } from "./agent-run.store.ts";
import type { AgentRun, Attempt } from "./agent-run.ts";
import { readStanding, type Briefing, type Standing } from "./briefing.ts";
import type { Came } from "./carry-out.ts";
import { newRequest, questionOf } from "./new-run.ts";
import { sendAnswer } from "./send-answer.ts";
import { settleFailure } from "./settle-failure.ts";
import type { AgentDeps, Turn } from "./work-conversation.ts";

type Asking = {
  run: AgentRun;
  /** Messages that join an old question whose bytes never left. */
  joining: readonly InboundMessage[];
  /** Just inserted by this turn: it is ours as it stands. */
  isNew: boolean;
};

/** The longest wait for one call, whatever the setting: Lambda and tunnels end soon after. */
const longestWaitMs = 90_000;
/** Left for storing and sending the answer. */
const reserveMs = 20_000;
const leastWaitMs = 1_000;

/** Asks Hermes for this run and brings it to its next status. */
export async function askHermes(
  deps: AgentDeps,
  turn: Turn,
  briefing: Briefing,
  asking: Asking,
): Promise<Came> {
  const timeoutMs = waitFor(deps, turn);
  const run = asking.isNew ? asking.run : await takeUp(deps, turn, asking);
  const startedAt = deps.clock.now();
  const { outcome, stopped } = await callHermes(deps, turn, run, timeoutMs);
  const attempt: Attempt = {
    startedAt,
    endedAt: deps.clock.now(),
    class: outcome.kind === "answer" ? "answer" : outcome.class,
    row: outcome.kind === "answer" ? null : outcome.row,
  };
  const standing = stopped ?? (await readStanding(deps.db, turn.conversationId));
  if (!standing?.account || !maySpeak(standing)) {
    return endUnspoken(deps, turn, run, attempt, standing, outcome);
  }
  if (outcome.kind === "failure") {
    return settleFailure(deps, turn, briefing, { run, attempt, outcome });
  }
  if (cleanAnswer(outcome.text).text === "") {
    return settleFailure(deps, turn, briefing, { run, attempt, outcome: nothingSaid });
  }
  return settleAnswer(deps, turn, standing.account, standing.policy, { run, attempt, outcome });
}

/** An answer that was only files has no word for the contact: as good as an empty one. */
const nothingSaid: Extract<HermesOutcome, { kind: "failure" }> = {
  kind: "failure",
  class: "empty",
  concern: "message",
  row: "empty",
  sent: "yes",
  newKeyNeeded: true,
  cause: "Hermes' answer held nothing but files.",
};

function waitFor(deps: AgentDeps, turn: Turn): number {
  const left = turn.endsAt.getTime() - deps.clock.now().getTime() - reserveMs;
  const ms = Math.min(deps.settings.hermes.HERMES_TIMEOUT_MS, longestWaitMs, left);
  if (ms >= leastWaitMs) return ms;
  throw new TryLaterError("turn.too_short", "Too little time is left to ask Hermes.", 0);
}

/** Takes an older run into this turn; what never left is asked together with what came since. */
async function takeUp(deps: AgentDeps, turn: Turn, { run, joining }: Asking): Promise<AgentRun> {
  const runs = agentRunStore(deps.db);
  const inputText =
    run.request === null && joining.length > 0
      ? `${run.inputText}\n${questionOf(joining)}`
      : run.inputText;
  const request =
    run.request ??
    newRequest(deps, {
      runId: run._id,
      keyGeneration: run.keyGeneration,
      sessionId: run.hermesSessionId,
      inputText,
    });
  const set = { turnId: turn.id, aliveUntil: turn.endsAt, request, inputText };
  if (run.status !== "retry_pending") {
    const taken = await runs.takeOver({
      runId: run._id,
      status: run.status,
      turnId: turn.id,
      aliveUntil: turn.endsAt,
      countAttempt: true,
    });
    if (taken) return { ...taken, request: taken.request ?? request };
  }
  const joiningIds = joining.map(({ _id }) => _id);
  const retried = await runs.step({
    runId: run._id,
    turnId: null,
    from: ["retry_pending"],
    to: "retrying",
    set: { ...set, nextAttemptAt: null },
    countAttempt: true,
    addMessageIds: joiningIds,
  });
  if (joiningIds.length > 0) await messageStore(deps.db).joinRun(joiningIds, run._id);
  return retried;
}

/**
 * One call, watched: every few seconds the Lambda looks whether people stepped in, and then waits
 * no longer. Gives what it saw when it stopped for that.
 */
async function callHermes(
  deps: AgentDeps,
  turn: Turn,
  run: AgentRun,
  timeoutMs: number,
): Promise<{ outcome: HermesOutcome; stopped: Standing | null }> {
  const { HERMES_API_BASE_URL, HERMES_API_KEY, HERMES_MODEL, HERMES_EXTRA_HEADERS } =
    deps.settings.hermes;
  const hermes = createHermesClient({
    baseUrl: HERMES_API_BASE_URL,
    apiKey: HERMES_API_KEY,
    model: HERMES_MODEL,
    extraHeaders: HERMES_EXTRA_HEADERS,
  });
  const request = run.request ?? newRequest(deps, { runId: run._id, ...questionIn(run) });
  const leaving = new AbortController();
  const answered = new AbortController();
  const looks = lookMeanwhile(deps, turn, answered.signal, leaving);
  try {
    const first = await hermes.ask({
      body: request.body,
      idempotencyKey: request.key,
      sessionId: request.sessionId,
      sessionKey: run.conversationId,
      timeoutMs,
      signal: leaving.signal,
    });
    const outcome = await hermes.resolveAmbiguous(first, { signal: leaving.signal });
    answered.abort();
    return { outcome, stopped: await looks };
  } finally {
    answered.abort();
  }
}

function questionIn(run: AgentRun) {
  return {
    keyGeneration: run.keyGeneration,
    sessionId: run.hermesSessionId,
    inputText: run.inputText,
  };
}

async function lookMeanwhile(
  deps: AgentDeps,
  turn: Turn,
  answered: AbortSignal,
  leaving: AbortController,
): Promise<Standing | null> {
  for (;;) {
    await deps.clock.sleep(deps.settings.agent.AGENT_LOOK_INTERVAL_MS, answered);
    if (answered.aborted) return null;
    try {
      const standing = await readStanding(deps.db, turn.conversationId);
      if (standing && maySpeak(standing)) continue;
      leaving.abort();
      return standing;
    } catch (error) {
      // A look that fails says nothing; the check after the answer decides.
      deps.log.warn("turn.look_failed", { conversationId: turn.conversationId }, error);
    }
  }
}

function maySpeak({ account, conversation }: Standing): boolean {
  return account?.status === "approved" && conversation.takenOverBy === null;
}

/** Hermes' answer goes to nobody: account or conversation are no longer ours to speak for. */
async function endUnspoken(
  deps: AgentDeps,
  turn: Turn,
  run: AgentRun,
  attempt: Attempt,
  standing: Standing | null,
  outcome: HermesOutcome,
): Promise<Came> {
  const status = standing?.account?.status;
  const runs = agentRunStore(deps.db);
  const step = { runId: run._id, turnId: turn.id, from: [run.status], attempt };
  const known = outcome.kind === "answer" ? { rawResponse: outcome.raw } : {};
  if (status === "login_expired") {
    // The login comes back; the same bytes under the same key give the answer then.
    await runs.tryStep({
      ...step,
      to: "retry_pending",
      set: { waitCause: "in_progress", nextAttemptAt: deps.clock.now(), turnId: null },
    });
    return "waits";
  }
  if (status === "suspended" || status === "pending_approval") {
    await runs.tryStep({
      ...step,
      to: "error",
      set: {
        ...known,
        error: "account.unavailable: the account is not approved any more",
        completedAt: deps.clock.now(),
      },
    });
    return "again";
  }
  const cancelReason = status === "approved" ? "taken_over" : "account_gone";
  await runs.tryStep({ ...step, to: "cancelled", set: { ...known, cancelReason } });
  return "again";
}

async function settleAnswer(
  deps: AgentDeps,
  turn: Turn,
  account: Account,
  policyNow: Policy | null,
  came: {
    run: AgentRun;
    attempt: Attempt;
    outcome: Extract<HermesOutcome, { kind: "answer" }>;
  },
): Promise<Came> {
  const { run, attempt, outcome } = came;
  const requiresHumanReview =
    run.requiresHumanReview ||
    (policyNow !== null && needsReview(policyNow, run.askedAt, deps.clock.ageNow()));
  const isOff = policyNow?.mode === "off";
  const answered = {
    outputText: cleanAnswer(outcome.text).text,
    rawResponse: outcome.raw,
    requiresHumanReview,
    responseId: outcome.responseId ?? null,
    usage: outcome.usage ?? null,
    hermesStartedAt: attempt.startedAt,
    hermesEndedAt: attempt.endedAt,
    completedAt: attempt.endedAt,
    waitCause: null,
    error: null,
  };
  const step = { runId: run._id, turnId: turn.id, from: [run.status], attempt };
  const runs = agentRunStore(deps.db);
  if (isOff || requiresHumanReview) {
    await runs.step(
      isOff
        ? { ...step, to: "cancelled", set: { ...answered, cancelReason: "policy_off" } }
        : { ...step, to: "awaiting_review", set: answered },
    );
    return "done";
  }
  const outboundMessageId = deps.newId("message");
  const sending = await runs.step({
    ...step,
    to: "sending",
    set: { ...answered, outboundMessageId },
  });
  return sendAnswer(deps, turn, account, sending);
}
