import { nameOf, type ActsAs, type Grant, type Rights } from "./rights.ts";
import type { Stack } from "./stack.ts";
import { removal, steps, type Step } from "./steps.ts";
import { inWorld, type World } from "./world.ts";

export type StepReport = { name: string; ok: boolean; seconds: number; failure?: string };
/** Without this right the step failed; null where every step held. */
export type RemovedReport = { right: string; failedStep: string | null };
export type Report = {
  ok: boolean;
  steps: StepReport[];
  /** Who may do what with what, by the plan. */
  granted: string[];
  used: { right: string; by: ActsAs; steps: string[] }[];
  unused: string[];
  removed: RemovedReport[];
};

type Given = { stack: Stack; rights: Rights; python: string; log: (line: string) => void };

/**
 * Deploys the stack into the emulator and takes every step; then takes them again with one granted
 * action less each time. A step that fails in the first round ends the story.
 */
export async function tryDeployment(given: Given): Promise<Report> {
  const { rights } = given;
  const taken: StepReport[] = [];
  const removed: RemovedReport[] = [];
  await inWorld(given, async (world) => {
    for (const step of steps) {
      taken.push(await take(world, step, given.log));
      if (!taken.at(-1)?.ok) return;
    }
    removed.push(...(await removeEach(world, given.log)));
    taken.push(await take(world, removal, given.log));
  });
  const unused = rights.unused().map(nameOf);
  const allNeeded = removed.every(({ failedStep }) => failedStep !== null);
  return {
    ok: taken.every(({ ok }) => ok) && unused.length === 0 && allNeeded,
    steps: taken,
    granted: rights.grants.map(nameOf),
    used: rights.uses.map((use) => ({ right: nameOf(use), by: use.by, steps: [...use.steps] })),
    unused,
    removed,
  };
}

async function take(world: World, step: Step, log: Given["log"]): Promise<StepReport> {
  const from = performance.now();
  const failure = await failureOf(world, step);
  const { name } = step;
  const seconds = Math.round((performance.now() - from) / 100) / 10;
  log(`${failure === null ? "✓" : "✗"} ${name} (${seconds} s)`);
  if (failure === null) return { name, ok: true, seconds };
  log(`  ${failure}\nThe emulator's last words:\n${world.ministack.lastWords()}`);
  return { name, ok: false, seconds, failure };
}

/** A step fails when it says so, and when anybody was refused a right while it was taken. */
async function failureOf(world: World, { name, run }: Step): Promise<string | null> {
  const { rights } = world;
  rights.begin(name);
  const complaint = await run(world).then(
    () => null,
    (error: Error) => error.stack ?? error.message,
  );
  const [refused] = rights.refusals;
  return refused ? `${nameOf(refused)} was refused (${refused.by})` : complaint;
}

/** Takes for each right a step again that used it, which has to fail because of just that right. */
async function removeEach(world: World, log: Given["log"]): Promise<RemovedReport[]> {
  const { rights } = world;
  const removed: RemovedReport[] = [];
  const stepsOf = new Map(
    rights.uses.map((use) => [nameOf(use), steps.filter(({ name }) => use.steps.has(name))]),
  );
  for (const grant of rights.grants) {
    const candidates = stepsOf.get(nameOf(grant)) ?? [];
    const failedStep = await rights.without(grant, () => firstToFail(world, grant, candidates));
    const right = nameOf(grant);
    log(
      failedStep === null
        ? `✗ without ${right} every step holds`
        : `✓ without ${right} fails: ${failedStep}`,
    );
    removed.push({ right, failedStep });
  }
  return removed;
}

/** The later steps first: the early ones wait for a schedule to fire. */
async function firstToFail(
  world: World,
  grant: Grant,
  candidates: readonly Step[],
): Promise<string | null> {
  for (const step of candidates.toReversed()) {
    await failureOf(world, step);
    const { role, action } = grant;
    const isMissed = world.rights.refusals.some(
      (refused) => refused.role === role && refused.action === action,
    );
    if (isMissed) return step.name;
  }
  return null;
}
