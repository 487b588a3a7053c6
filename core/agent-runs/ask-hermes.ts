import { cleanAnswer } from "#core/hermes/clean-answer.ts";
import type { HermesOutcome } from "#core/hermes/outcomes.ts";
import { seamAfter } from "#core/messages/join-texts.ts";
import type { InboundMessage } from "#core/messages/message.ts";
import { messageStore } from "#core/messages/message.store.ts";
import { noTyping, showTyping, type Typing } from "#core/sending/show-typing.ts";
import { TryLaterError } from "#core/shared/errors.ts";
import { agentRunStore } from "./agent-run.store.ts";
import type { AgentRun, Attempt } from "./agent-run.ts";
import { readStanding, type Briefing } from "./briefing.ts";
import { callHermes, maySpeak, type Called } from "./call-hermes.ts";
import type { Came } from "./carry-out.ts";
import { measureHermes } from "./measure-runs.ts";
import { handPlaceOn } from "./hand-place-on.ts";
import { hermesOf, hermesTargetOf } from "./hermes-target.ts";
import { newRequest, questionOf, wordsFor } from "./new-run.ts";
import { noteFor } from "./note.ts";
import { endUnspoken, settleAnswer } from "./settle-answer.ts";
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
  const run = asking.isNew ? asking.run : await takeUp(deps, turn, briefing, asking);
  const typing = typingFor(deps, briefing, run);
  try {
    const startedAt = deps.clock.now();
    // An older question whose bytes went out may have been answered when nobody listened.
    const mayBeAnswered = !asking.isNew && asking.run.request !== null;
    const called = hasDiedTooOften(deps, run)
      ? { outcome: diedTooOften, stopped: null }
      : await callHermes(deps, turn, hermesOf(deps, briefing.account), {
          run,
          timeoutMs,
          mayBeAnswered,
        });
    // It goes off beside what follows, and is waited for below.
    void typing.end();
    return await settle(deps, turn, briefing, { run, startedAt, ...called });
  } finally {
    await typing.end();
  }
}

/** Only invocations that died bring the count this far: any other failure is settled before. */
function hasDiedTooOften(deps: AgentDeps, run: AgentRun): boolean {
  return run.failureCount >= deps.settings.hermes.HERMES_MAX_ATTEMPTS;
}

const diedTooOften: Extract<HermesOutcome, { kind: "failure" }> = {
  kind: "failure",
  class: "lost",
  concern: "message",
  row: "run_interrupted",
  sent: "unknown",
  newKeyNeeded: true,
  cause: "Each invocation that worked on the run died over it.",
};

/** Not where a person answers: nobody would be writing now (docs/decisions/012-typing.md). */
function typingFor(deps: AgentDeps, briefing: Briefing, run: AgentRun): Typing {
  const { account, conversation } = briefing;
  return account && !run.requiresHumanReview ? showTyping(deps, account, conversation) : noTyping;
}

async function settle(
  deps: AgentDeps,
  turn: Turn,
  briefing: Briefing,
  { run, startedAt, outcome, stopped }: Called & { run: AgentRun; startedAt: Date },
): Promise<Came> {
  const attempt: Attempt = {
    startedAt,
    endedAt: deps.clock.now(),
    class: outcome.kind === "answer" ? "answer" : outcome.class,
    row: outcome.kind === "answer" ? null : outcome.row,
  };
  measureHermes(deps.measure, attempt, outcome);
  const standing = stopped ?? (await readStanding(deps, turn.conversationId));
  const target = hermesTargetOf(deps, briefing.account);
  await handPlaceOn(deps, turn, target, { health: standing?.hermes ?? null, outcome });
  // Nothing else has us leave where we may speak: people ended the run.
  if (stopped && maySpeak(stopped)) return "again";
  if (!standing?.account || !maySpeak(standing)) {
    return endUnspoken(deps, turn, run, attempt, standing, outcome);
  }
  if (outcome.kind === "failure") {
    return settleFailure(deps, turn, briefing, { run, attempt, outcome });
  }
  if (cleanAnswer(outcome.text).text === "") {
    return settleFailure(deps, turn, briefing, { run, attempt, outcome: nothingSaid });
  }
  const { account, policy, conversation } = standing;
  return settleAnswer(deps, turn, account, policy, { run, attempt, outcome, conversation });
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
async function takeUp(
  deps: AgentDeps,
  turn: Turn,
  briefing: Briefing,
  { run, joining }: Asking,
): Promise<AgentRun> {
  const runs = agentRunStore(deps.db);
  const mayJoin = run.request === null && joining.length > 0;
  const inputText = mayJoin ? await joinedQuestion(deps, run, joining) : run.inputText;
  const { own, model } = hermesTargetOf(deps, briefing.account);
  const note = run.request === null ? noteNow(briefing, { ...run, ownHermes: own }) : run.note;
  const request =
    run.request ??
    newRequest({
      runId: run._id,
      model,
      keyGeneration: run.keyGeneration,
      sessionId: run.hermesSessionId,
      words: wordsFor({ inputText, note, hint: run.hint }),
      via: run.hermesVia,
    });
  const set = { turnId: turn.id, aliveUntil: turn.endsAt, request, inputText, note };
  if (run.status !== "retry_pending") {
    const taken = await runs.takeOver({
      runId: run._id,
      status: run.status,
      turnId: turn.id,
      aliveUntil: turn.endsAt,
      countFailure: true,
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

/** What people did while the question waited is in its note as well. */
function noteNow({ pastRuns, personal }: Briefing, run: AgentRun): AgentRun["note"] {
  const { hermesSessionId, ownHermes, replacesRunId, hint } = run;
  const but = hint === undefined || replacesRunId === undefined ? [] : [replacesRunId];
  return noteFor(
    { runs: pastRuns, personal },
    { hermesSessionId, ownHermes, but: [run._id, ...but] },
  );
}

async function joinedQuestion(
  deps: AgentDeps,
  run: AgentRun,
  joining: readonly InboundMessage[],
): Promise<string> {
  const [last] = await messageStore(deps.db).getMany(run.messageIds.slice(-1));
  return run.inputText + seamAfter(last?.text ?? "") + questionOf(joining);
}
