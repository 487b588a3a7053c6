import { z } from "zod";
import { parseExpression } from "./expression.ts";
import { renderInput } from "./input.ts";

/** Names of schedules and groups. */
export const ScheduleName = z.string().regex(/^[0-9a-zA-Z-_.]{1,64}$/, "Invalid name");

const FlexibleTimeWindow = z
  .object({
    Mode: z.enum(["OFF", "FLEXIBLE"]),
    MaximumWindowInMinutes: z.int().min(1).max(1440).optional(),
  })
  .refine(
    (window) => (window.Mode === "FLEXIBLE") === (window.MaximumWindowInMinutes !== undefined),
    "MaximumWindowInMinutes belongs to FLEXIBLE, and only to it",
  );

const Target = z.looseObject({
  Arn: z.string().regex(/^arn:aws[\w-]*:lambda:/, "Only Lambda functions are targets here"),
  RoleArn: z.string().regex(/^arn:aws[\w-]*:iam::\d{12}:role\/.+$/, "Invalid RoleArn"),
  Input: z.string().optional(),
  RetryPolicy: z
    .object({
      MaximumEventAgeInSeconds: z.int().min(60).max(86_400).default(86_400),
      MaximumRetryAttempts: z.int().min(0).max(185).default(185),
    })
    .default({ MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 }),
});

/** What Create and Update carry, with Scheduler's own defaults. Dates are epoch seconds. */
export const ScheduleSettings = z
  .object({
    ScheduleExpression: z.string(),
    ScheduleExpressionTimezone: z.string().default("UTC"),
    FlexibleTimeWindow,
    Target,
    State: z.enum(["ENABLED", "DISABLED"]).default("ENABLED"),
    ActionAfterCompletion: z.enum(["NONE", "DELETE"]).default("NONE"),
    Description: z.string().max(512).optional(),
    StartDate: z.number().optional(),
    EndDate: z.number().optional(),
    KmsKeyArn: z.string().optional(),
  })
  .superRefine((settings, context) => {
    const expression = parseExpression(settings.ScheduleExpression);
    if ("problem" in expression) {
      context.addIssue({
        code: "custom",
        path: ["ScheduleExpression"],
        message: expression.problem,
      });
    }
    const sample = { scheduleArn: "arn", scheduledAt: new Date(0), executionId: "id", attempt: 1 };
    if (!isJson(renderInput(settings.Target.Input ?? "{}", sample))) {
      const message = "Input for a Lambda target must be JSON";
      context.addIssue({ code: "custom", path: ["Target", "Input"], message });
    }
  });
export type ScheduleSettings = z.infer<typeof ScheduleSettings>;

export const Schedule = z.object({
  name: ScheduleName,
  groupName: ScheduleName,
  settings: ScheduleSettings,
  /** Of the Create call: its repeat is no conflict. */
  clientToken: z.string().optional(),
  createdAtMs: z.number(),
  changedAtMs: z.number(),
});
export type Schedule = z.infer<typeof Schedule>;

export const ScheduleGroup = z.object({
  name: ScheduleName,
  clientToken: z.string().optional(),
  createdAtMs: z.number(),
});
export type ScheduleGroup = z.infer<typeof ScheduleGroup>;

export function scheduleArn({ groupName, name }: Pick<Schedule, "groupName" | "name">): string {
  return `arn:aws:scheduler:us-east-1:000000000000:schedule/${groupName}/${name}`;
}

export function groupArn(name: string): string {
  return `arn:aws:scheduler:us-east-1:000000000000:schedule-group/${name}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
