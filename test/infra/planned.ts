import { inject } from "vitest";
import { z } from "zod";
import type { Plan } from "../../scripts/plan/evaluate.ts";

export const plans = inject("plans");

const list = z.union([z.string(), z.array(z.string())]).transform((one) => [one].flat());

/** A policy document, which Pulumi takes as text and as it is. */
export const Policy = z
  .unknown()
  .transform((given): unknown => (typeof given === "string" ? JSON.parse(given) : given))
  .pipe(
    z.object({
      Statement: z.array(
        z.object({
          Effect: z.string(),
          Action: list,
          Resource: list.optional(),
          Principal: z.record(z.string(), list).optional(),
          Condition: z.record(z.string(), z.record(z.string(), list)).optional(),
        }),
      ),
    }),
  );

export const Lambda = z.object({
  role: z.string(),
  name: z.string(),
  runtime: z.string(),
  architectures: z.array(z.string()),
  memorySize: z.number(),
  timeout: z.number(),
  environment: z.object({ variables: z.record(z.string(), z.string()) }),
  loggingConfig: z.record(z.string(), z.string()),
  reservedConcurrentExecutions: z.number().optional(),
});

export const Role = z.object({
  name: z.string().optional(),
  assumeRolePolicy: Policy,
  managedPolicyArns: z.array(z.string()).default([]),
  inlinePolicies: z.array(z.object({ policy: Policy })).default([]),
});

export const Queue = z.object({
  name: z.string(),
  fifoQueue: z.boolean(),
  visibilityTimeoutSeconds: z.number(),
  messageRetentionSeconds: z.number(),
  sqsManagedSseEnabled: z.boolean(),
  redrivePolicy: z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(z.object({ deadLetterTargetArn: z.string(), maxReceiveCount: z.number() }))
    .optional(),
});

/** The planned resources of a type such as `sqs/queue:Queue`, with their inputs read. */
export function planned<Inputs extends z.ZodType>(
  plan: Plan,
  type: string,
  inputs: Inputs,
): { name: string; isKept: boolean; inputs: z.output<Inputs> }[] {
  return plan.resources
    .filter((resource) => resource.type === `aws:${type}`)
    .map((resource) => ({ ...resource, inputs: inputs.parse(resource.inputs) }));
}

/** The Lambda of one of `functions/`. */
export function lambdaOf(plan: Plan, name: string): z.output<typeof Lambda> {
  const title = `${name[0]?.toUpperCase()}${name.slice(1)}Function`;
  const found = planned(plan, "lambda/function:Function", Lambda).find((one) => one.name === title);
  if (!found) throw new Error(`${title} is not planned.`);
  return found.inputs;
}

/** An ARN as the name of what it belongs to, such as `AgentQueueQueue`. */
export function shortName(arn: string): string {
  const lastPart = arn.split(/[:/]/).at(-1) ?? arn;
  return lastPart.replace(/^wechat-clawbot-hub-[a-z]+-/, "").replace(/-[a-z]{8}(\.fifo)?$/, "");
}
