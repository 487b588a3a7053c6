import { nameOf, type ActsAs, type Rights } from "./rights.ts";
import type { Stack } from "./stack.ts";
import { steps, type Step } from "./steps.ts";
import { inWorld, type World } from "./world.ts";

export type StepReport = { name: string; ok: boolean; seconds: number; failure?: string };
export type Report = {
  ok: boolean;
  steps: StepReport[];
  /** Who may do what with what, by the plan. */
  granted: string[];
  used: { right: string; by: ActsAs; step: string }[];
  unused: string[];
};

/** Deploys the stack into the emulator and takes every step; a failed one ends the story. */
export async function tryDeployment(given: {
  stack: Stack;
  rights: Rights;
  python: string;
  log: (line: string) => void;
}): Promise<Report> {
  const { rights, log } = given;
  const taken: StepReport[] = [];
  await inWorld(given, async (world) => {
    for (const step of steps) {
      const report = await take(world, step);
      taken.push(report);
      log(`${report.ok ? "✓" : "✗"} ${report.name} (${report.seconds} s)`);
      if (!report.ok) {
        log(`  ${report.failure}\n${world.ministack.lastWords()}`);
        return;
      }
    }
  });
  const unused = rights.unused().map(nameOf);
  return {
    ok: taken.every(({ ok }) => ok) && unused.length === 0,
    steps: taken,
    granted: rights.grants.map(nameOf),
    used: rights.uses.map((use) => ({ right: nameOf(use), by: use.by, step: use.step })),
    unused,
  };
}

/** A step fails when it says so, and when anybody was refused a right while it was taken. */
async function take(world: World, { name, run }: Step): Promise<StepReport> {
  const { rights } = world;
  rights.step = name;
  rights.refusals = [];
  const from = performance.now();
  const complaint = await run(world).then(
    () => null,
    (error: Error) => error,
  );
  const seconds = Math.round((performance.now() - from) / 100) / 10;
  const [refused] = rights.refusals;
  if (refused) {
    const failure = `${nameOf(refused)} was refused (${refused.by})`;
    return { name, ok: false, seconds, failure };
  }
  if (complaint) return { name, ok: false, seconds, failure: complaint.stack ?? complaint.message };
  return { name, ok: true, seconds };
}
