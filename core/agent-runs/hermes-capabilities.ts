import type { AgentRun } from "./agent-run.ts";
import type { Briefing } from "./briefing.ts";
import { hermesHealthStore } from "./hermes-health.store.ts";
import { hermesOf, hermesTargetOf } from "./hermes-target.ts";
import type { AgentDeps } from "./work-conversation.ts";

/** A Hermes may be upgraded or replaced behind its address at any time. */
const capabilitiesLifeMs = 5 * 60_000;
const probeTimeoutMs = 5_000;

/**
 * How this Hermes is asked best: by runs where it keeps them durably, else by one chat call
 * (reference/hermes.md 3.2). Asked every few minutes and kept with the Hermes' record; a probe that
 * fails decides nothing, since the question itself will tell.
 */
export async function findVia(
  deps: AgentDeps,
  { account, hermes: known }: Pick<Briefing, "account" | "hermes">,
): Promise<AgentRun["hermesVia"]> {
  const now = deps.clock.now();
  const isFresh =
    known !== null &&
    known.capabilitiesAt !== null &&
    now.getTime() - known.capabilitiesAt.getTime() < capabilitiesLifeMs;
  if (isFresh) return known.keepsRuns ? "runs" : "chat";
  const probe = await hermesOf(deps, account).probe({ timeoutMs: probeTimeoutMs });
  if (probe.state !== "up") return "chat";
  const keepsRuns = probe.capabilities.runsIdempotency?.isDurable === true;
  const { id } = hermesTargetOf(deps, account);
  await hermesHealthStore(deps.db).keepCapabilities(id, keepsRuns, now);
  return keepsRuns ? "runs" : "chat";
}
