import type { TestProject } from "vitest/node";
import { Plan } from "../../scripts/plan/evaluate.ts";
import { runPlan } from "./run-plan.ts";

declare module "vitest" {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- merged into vitest's own
  export interface ProvidedContext {
    plans: Record<"production" | "staging" | "personal", Plan>;
  }
}

/** Plans each kind of stage once, for all tests. The first call may set up the platform. */
export default async function setup(project: TestProject): Promise<void> {
  const production = await planOf("production");
  const [staging, personal] = await Promise.all([planOf("staging"), planOf("lin")]);
  project.provide("plans", { production, staging, personal });
}

async function planOf(stage: string): Promise<Plan> {
  return Plan.parse(JSON.parse(await runPlan(["--json", "--stage", stage])));
}
