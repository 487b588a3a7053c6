import { conversationStore } from "#core/conversations/conversation.store.ts";
import type { Job } from "#core/queue/job.ts";
import { plusMs, plusSeconds } from "#core/shared/clock.ts";
import type { WithQueue, Deps } from "#core/shared/deps.ts";
import { LeaseLostError, TryLaterError } from "#core/shared/errors.ts";
import { createPace, type Pace } from "#core/sending/pace.ts";
import type { SendDeps } from "#core/sending/send-outbound.ts";
import type { TypingDeps } from "#core/sending/show-typing.ts";
import { carryOut } from "./carry-out.ts";
import { decideNext } from "./decide-next.ts";
import { readBriefing } from "./briefing.ts";

export type AgentDeps = Deps<"agent" | "answering" | "hermes" | "ownHermes"> &
  SendDeps &
  TypingDeps &
  WithQueue;

/** One invocation's right to act on one conversation, and how fast it may send there. */
export type Turn = {
  id: string;
  conversationId: string;
  job: Job;
  endsAt: Date;
  pace: Pace;
  /** Nothing else of the conversation waits: whoever ends the run may give the turn back with it. */
  isLast?: boolean;
};

/** How it stands when no step is left to take: of the turn, and of what waits. */
type Left = "settled" | "given_back" | "waits";

/** A step that loops is a bug; a real conversation needs three or four. */
const mostSteps = 20;
/** Less than this is not worth another call to Hermes in the same invocation. */
const leastRemainingMs = 30_000;

/**
 * Works on one conversation until it needs nothing more now. Only the agent Lambda calls it, one
 * invocation per conversation at a time: it takes the turn first and filters its writes by it.
 * Throws TryLaterError when another invocation holds the turn.
 */
export async function workConversation(deps: AgentDeps, job: Job, endsAt: Date): Promise<void> {
  const { conversationId } = job;
  const pace = createPace(deps.clock, deps.settings.sending.CHUNK_PAUSE_MS);
  const turn: Turn = { id: deps.newId("turn"), conversationId, job, endsAt, pace };
  if (!(await takeTurn(deps, turn))) return;
  let left: Left = "waits";
  try {
    left = await workOff(deps, turn);
  } catch (error) {
    if (!(error instanceof LeaseLostError)) throw error;
    deps.log.warn("turn.lost", { conversationId: job.conversationId, jobId: job.jobId }, error);
  } finally {
    if (left !== "given_back") {
      await conversationStore(deps.db).releaseTurn({
        conversationId: job.conversationId,
        turnId: turn.id,
        settled: left === "settled",
      });
    }
  }
}

async function takeTurn(deps: AgentDeps, turn: Turn): Promise<boolean> {
  const now = deps.clock.now();
  const taken = await conversationStore(deps.db).takeTurn({
    conversationId: turn.conversationId,
    turnId: turn.id,
    now,
    expiresAt: plusSeconds(turn.endsAt, 1),
  });
  if (taken === "taken") return true;
  if (taken === "unknown") {
    deps.log.warn("job.no_conversation", {
      conversationId: turn.conversationId,
      jobId: turn.job.jobId,
    });
    return false;
  }
  throw new TryLaterError(
    "turn.held",
    "Another invocation works on this conversation; the job comes again.",
    5,
    { conversationId: turn.conversationId },
  );
}

async function workOff(deps: AgentDeps, turn: Turn): Promise<Left> {
  for (let steps = 0; steps < mostSteps; steps++) {
    const briefing = await readBriefing(deps, turn.conversationId);
    if (!briefing) return "settled";
    const { HERMES_AGENT_ENABLED, WECHAT_AUTO_REPLY_ENABLED } = deps.settings.answering;
    const next = decideNext(briefing, {
      job: turn.job,
      now: deps.clock.now(),
      ageNow: deps.clock.ageNow(),
      hermesEnabled: HERMES_AGENT_ENABLED,
      autoReplyEnabled: WECHAT_AUTO_REPLY_ENABLED,
      maxAgeHours: deps.settings.hermes.HERMES_MAX_AGE_HOURS,
    });
    if (next.do === "nothing") return next.settled ? "settled" : "waits";
    const came = await carryOut(deps, turn, briefing, next);
    if (came === "settled" || came === "given_back" || came === "waits") return came;
    if (deps.clock.now() > plusMs(turn.endsAt, -leastRemainingMs)) {
      await handOn(deps, turn);
      return "waits";
    }
  }
  await handOn(deps, turn);
  return "waits";
}

/** The next invocation goes on; the turn is given back before its job can be received. */
async function handOn(deps: AgentDeps, turn: Turn): Promise<void> {
  const jobId = deps.newId("job");
  await deps.queue.push([
    { jobId, conversationId: turn.conversationId, do: "resume", ref: turn.id },
  ]);
}
