import { expect } from "vitest";
import type { Account } from "#core/accounts/account.ts";
import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import { hermesHealthStore } from "#core/agent-runs/hermes-health.store.ts";
import { lastWord } from "#core/agent-runs/settle-failure.ts";
import { workConversation } from "#core/agent-runs/work-conversation.ts";
import type { FailureClass } from "#core/hermes/outcomes.ts";
import { awayNotice } from "#core/policies/policy.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import type { SmallHub, SmallHubDeps } from "./small-hub.ts";

/** What a failure does to the run, to the contact and to Hermes' record. */
export type Effect = {
  run: Partial<AgentRun>;
  reads: string[];
  state: "up" | "down" | "misconfigured";
};

const waits = (waitCause: AgentRun["waitCause"], failureCount = 0): Partial<AgentRun> => ({
  status: "retry_pending",
  waitCause,
  failureCount,
  nextAttemptAt: expect.any(Date),
});
export const queue: Effect = { run: waits("hermes_full"), reads: [], state: "up" };
export const away: Effect = { run: waits("hermes_down"), reads: [awayNotice], state: "down" };
export const again: Effect = { run: waits("failed_turn", 1), reads: [], state: "up" };
export const joined: Effect = { run: waits("in_progress"), reads: [], state: "up" };

/** What each class of failure comes to. */
export const effects: Record<FailureClass, Effect> = {
  unavailable: away,
  misconfigured: { ...away, state: "misconfigured" },
  busy: queue,
  in_progress: joined,
  transient: again,
  lost: again,
  failed_turn: again,
  empty: again,
  needs_person: again,
  refused: {
    run: { status: "error", failureCount: 1, nextAttemptAt: null },
    reads: [lastWord],
    state: "up",
  },
  // Told apart below, by what Hermes' health says.
  ambiguous: again,
};
export const patientMs = 20_000;

export type Told = {
  hub: SmallHub;
  account: Account;
  /** Where Hermes is, or is not. */
  baseUrl: string;
  effect: Effect;
  newKeyNeeded?: boolean | undefined;
  retryAfterMs?: number | undefined;
  /** How long one call waits. */
  timeoutMs?: number;
  apiKey?: string;
};

/**
 * A contact writes, Hermes is asked there, and the run, the contact and what is known of Hermes come
 * to this; the job given out again changes none of it. Gives the run.
 */
export async function tellFailure(told: Told): Promise<AgentRun> {
  const { hub, account, baseUrl, effect, timeoutMs = patientMs } = told;
  const contact = hub.addContact(account);
  const job = await contact.writes("a private question");
  const { settings } = hub.deps;
  const hermes = {
    ...settings.hermes,
    HERMES_API_BASE_URL: baseUrl,
    HERMES_TIMEOUT_MS: timeoutMs,
    HERMES_API_KEY: told.apiKey ?? settings.hermes.HERMES_API_KEY,
  };
  const deps: SmallHubDeps = { ...hub.deps, settings: { ...settings, hermes } };
  const before = deps.clock.now();
  // The job is done: nothing is left for the queue to repeat.
  const work = () =>
    workConversation(deps, { version: 1, ...job }, plusSeconds(deps.clock.now(), 148));
  await work();
  expect(contact.reads()).toEqual(effect.reads);
  const [run, ...others] = await contact.runs();
  if (!run) throw new Error("There is no run.");
  expect(others).toEqual([]);
  expect(run).toMatchObject(effect.run);
  expect(run.attempts).toEqual([
    expect.objectContaining({ startedAt: expect.any(Date), endedAt: expect.any(Date) }),
  ]);
  const record = await hermesHealthStore(deps.db).find(baseUrl);
  expect(record?.state ?? "up").toBe(effect.state);
  const dueAt = run.nextAttemptAt?.getTime() ?? Number.POSITIVE_INFINITY;
  expect(dueAt - before.getTime()).toBeGreaterThanOrEqual(told.retryAfterMs ?? 0);
  const isAskedAnew = told.newKeyNeeded === true && run.status === "retry_pending";
  expect(run.keyGeneration).toBe(isAskedAnew ? 2 : 1);
  // The same job once more neither tells the contact twice nor begins another run.
  await work();
  expect(contact.reads()).toEqual(effect.reads);
  expect(await contact.runs()).toHaveLength(1);
  return run;
}
