import { describe, expect, test } from "vitest";
import { z } from "zod";
import { lambdaOf, planned, plans, Policy, Role, shortName } from "./planned.ts";

const plan = plans.production;
const roles = planned(plan, "iam/role:Role", Role);
const attached = planned(
  plan,
  "iam/rolePolicy:RolePolicy",
  z.object({ role: z.string(), policy: Policy }),
);

/** Every statement of every role, under the role's name. */
const statements = [
  ...roles.flatMap(({ name, inputs }) =>
    inputs.inlinePolicies.flatMap(({ policy }) =>
      policy.Statement.map((statement) => ({ role: name, ...statement })),
    ),
  ),
  ...attached.flatMap(({ inputs }) =>
    inputs.policy.Statement.map((statement) => ({ role: inputs.role, ...statement })),
  ),
];

/** What a role may do with what, in short. */
function rightsOf(role: string): string[] {
  return statements
    .filter((statement) => statement.role === role)
    .flatMap(({ Action, Resource = [] }) =>
      Action.flatMap((action) => Resource.map((arn) => `${action} ${shortResource(arn)}`)),
    )
    .toSorted();
}

function shortResource(arn: string): string {
  const schedules = /:schedule\/(.+)$/.exec(arn)?.[1];
  const logs = /:log-group:(.+)$/.exec(arn)?.[1];
  return schedules ?? logs ?? shortName(arn);
}

const ownLog = (name: string) =>
  ["logs:CreateLogStream", "logs:PutLogEvents"].map(
    (action) => `${action} /aws/lambda/wechat-clawbot-hub-production-${name}-:*`,
  );
const running = [
  "iam:PassRole PollScheduleRole",
  "lambda:InvokeFunction PollFunction",
  "scheduler:CreateSchedule wechat-clawbot-hub-production/poll-*",
  "scheduler:DeleteSchedule wechat-clawbot-hub-production/poll-*",
  "scheduler:UpdateSchedule wechat-clawbot-hub-production/poll-*",
];

const rights: Record<string, string[]> = {
  PollRole: [...ownLog("poll"), "sqs:SendMessage AgentQueueQueue"],
  AgentRole: [
    ...ownLog("agent"),
    "sqs:ChangeMessageVisibility AgentQueueQueue",
    "sqs:DeleteMessage AgentQueueQueue",
    "sqs:GetQueueAttributes AgentQueueQueue",
    "sqs:ReceiveMessage AgentQueueQueue",
    "sqs:SendMessage AgentQueueQueue",
  ],
  RetryRole: [
    ...running,
    ...ownLog("retry"),
    "scheduler:ListSchedules *",
    "sqs:DeleteMessage AgentDeadLettersQueue",
    "sqs:ReceiveMessage AgentDeadLettersQueue",
    "sqs:SendMessage AgentQueueQueue",
  ],
  ApiRole: [...running, ...ownLog("api"), "sqs:SendMessage AgentQueueQueue"],
  PollScheduleRole: [
    "lambda:InvokeFunction PollFunction",
    "sqs:SendMessage ScheduleDeadLettersQueue",
  ],
  RetryScheduleRole: [
    "lambda:InvokeFunction RetryFunction",
    "sqs:SendMessage ScheduleDeadLettersQueue",
  ],
};

test("no role is planned but these", () => {
  expect(roles.map(({ name }) => name).toSorted()).toEqual(Object.keys(rights).toSorted());
});

test.each(Object.entries(rights))("%s may do what its code does and nothing else", (role, may) => {
  expect(rightsOf(role)).toEqual(may.toSorted());
});

test("no statement allows every action or names every resource", () => {
  expect(statements.length).toBeGreaterThan(0);
  for (const { role, Action, Resource = [] } of statements) {
    for (const action of Action) expect(action, role).not.toContain("*");
    expect(Resource.length, role).toBeGreaterThan(0);
  }
  // Scheduler has no narrower resource for a listing (AWS' service authorization reference).
  const narrow = statements.filter(({ Action }) => Action.join() !== "scheduler:ListSchedules");
  expect(narrow).toHaveLength(statements.length - 1);
  for (const { role, Resource = [] } of narrow) {
    for (const arn of Resource) {
      // All but the stars that stand for one account's schedules and one log's streams.
      const rest = arn.replace(/\/poll-\*$/, "").replace(/(:log-group:.+):\*$/, "$1");
      expect(rest, role).not.toContain("*");
      expect(rest, role).toMatch(/^arn:aws:/);
    }
  }
});

test("no role has a policy that somebody else writes", () => {
  for (const { name, inputs } of roles) expect(inputs.managedPolicyArns, name).toEqual([]);
});

test("each function has a role of its own, which only Lambda takes on", () => {
  for (const name of ["poll", "agent", "retry", "api"]) {
    const title = `${name[0]?.toUpperCase()}${name.slice(1)}Role`;
    expect(shortName(lambdaOf(plan, name).role)).toBe(title);
    const trusted = roles.find((role) => role.name === title)?.inputs.assumeRolePolicy.Statement;
    expect(trusted).toEqual([
      expect.objectContaining({ Principal: { Service: ["lambda.amazonaws.com"] } }),
    ]);
  }
});

describe("a role for schedules", () => {
  test.each(["PollScheduleRole", "RetryScheduleRole"])(
    "%s is taken on only by schedules of this stage",
    (name) => {
      const trusted = roles.find((role) => role.name === name)?.inputs.assumeRolePolicy.Statement;
      expect(trusted).toEqual([
        expect.objectContaining({
          Principal: { Service: ["scheduler.amazonaws.com"] },
          Condition: {
            StringEquals: {
              "aws:SourceAccount": ["000000000000"],
              "aws:SourceArn": [expect.stringMatching(/schedule-group\/.+-production$/)],
            },
          },
        }),
      ]);
    },
  );

  test("is passed on to Scheduler and to no other service", () => {
    const passing = statements.filter(({ Action }) => Action.includes("iam:PassRole"));
    expect(passing.map(({ role }) => role).toSorted()).toEqual(["ApiRole", "RetryRole"]);
    for (const { Condition } of passing) {
      expect(Condition).toEqual({
        StringEquals: { "iam:PassedToService": ["scheduler.amazonaws.com"] },
      });
    }
  });
});

test("only the api Lambda can be reached from outside, and only by its address", () => {
  const Permission = z.object({
    function: z.string(),
    action: z.string(),
    principal: z.string(),
    functionUrlAuthType: z.string().optional(),
    invokedViaFunctionUrl: z.boolean().optional(),
  });
  const open = planned(plan, "lambda/permission:Permission", Permission);
  expect(open.map(({ inputs }) => shortName(inputs.function))).toEqual([
    "ApiFunction",
    "ApiFunction",
  ]);
  for (const { inputs } of open) {
    const byAddress = inputs.invokedViaFunctionUrl ?? inputs.functionUrlAuthType === "NONE";
    expect(byAddress, inputs.action).toBe(true);
  }
});
