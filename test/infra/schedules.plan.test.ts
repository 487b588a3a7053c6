import { expect, test } from "vitest";
import { z } from "zod";
import { lambdaOf, planned, plans, shortName } from "./planned.ts";

const plan = plans.production;
const [retry, ...others] = planned(
  plan,
  "scheduler/schedule:Schedule",
  z.object({
    groupName: z.string(),
    scheduleExpression: z.string(),
    flexibleTimeWindow: z.object({ mode: z.string() }),
    target: z.object({
      arn: z.string(),
      roleArn: z.string(),
      retryPolicy: z.unknown(),
      deadLetterConfig: z.object({ arn: z.string() }),
    }),
  }),
);

test("the retry Lambda is woken each minute; a wake-up is not repeated and not late", () => {
  expect(others).toEqual([]);
  expect(retry?.inputs).toMatchObject({
    scheduleExpression: "rate(1 minute)",
    flexibleTimeWindow: { mode: "OFF" },
    target: { retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 } },
  });
  expect(shortName(retry?.inputs.target.arn ?? "")).toBe("RetryFunction");
  expect(shortName(retry?.inputs.target.roleArn ?? "")).toBe("RetryScheduleRole");
  expect(shortName(retry?.inputs.target.deadLetterConfig.arn ?? "")).toBe(
    "ScheduleDeadLettersQueue",
  );
});

test("accounts' schedules are made in the stage's group, under the poll role, with a dead-letter queue", () => {
  const [group] = planned(
    plan,
    "scheduler/scheduleGroup:ScheduleGroup",
    z.object({ name: z.string() }),
  );
  expect(retry?.inputs.groupName).toBe(group?.inputs.name);
  for (const name of ["retry", "api"]) {
    const { variables } = lambdaOf(plan, name).environment;
    expect(variables["SCHEDULE_GROUP"]).toBe(group?.inputs.name);
    expect(shortName(variables["SCHEDULE_ROLE_ARN"] ?? "")).toBe("PollScheduleRole");
    expect(shortName(variables["SCHEDULE_DEAD_LETTER_ARN"] ?? "")).toBe("ScheduleDeadLettersQueue");
    expect(shortName(variables["POLL_FUNCTION_ARN"] ?? "")).toBe("PollFunction");
  }
});

test.each(Object.entries(plans))(
  "removing a %s stage takes the accounts' schedules away with their group",
  (_, stage) => {
    const groups = planned(
      stage,
      "scheduler/scheduleGroup:ScheduleGroup",
      z.object({ name: z.string() }),
    );
    expect(groups).toHaveLength(1);
    expect(groups[0]?.isKept).toBe(false);
    expect(lambdaOf(stage, "api").environment.variables["SCHEDULE_GROUP"]).toBe(
      groups[0]?.inputs.name,
    );
  },
);
