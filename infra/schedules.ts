import { scheduleDeadLetters } from "./queues.ts";

/** Holds every schedule of the stage, so that removing the stage removes those of the accounts. */
export const scheduleGroup = new aws.scheduler.ScheduleGroup("Schedules", {
  name: `${$app.name}-${$app.stage}`,
});

/** Passed to Scheduler with each account's schedule; it may wake the poll Lambda and nothing else. */
export const pollScheduleRole = scheduleRole("PollScheduleRole");

/** A role that only schedules of this stage can take on. */
export function scheduleRole(name: string): aws.iam.Role {
  return new aws.iam.Role(name, {
    assumeRolePolicy: aws.iam.getPolicyDocumentOutput({
      statements: [
        {
          actions: ["sts:AssumeRole"],
          principals: [{ type: "Service", identifiers: ["scheduler.amazonaws.com"] }],
          conditions: [
            {
              test: "StringEquals",
              variable: "aws:SourceAccount",
              values: [aws.getCallerIdentityOutput().accountId],
            },
            { test: "StringEquals", variable: "aws:SourceArn", values: [scheduleGroup.arn] },
          ],
        },
      ],
    }).json,
  });
}

/** Lets the role wake this function, and lets Scheduler put aside what it could not deliver. */
export function mayWake(name: string, role: aws.iam.Role, woken: sst.aws.Function) {
  return new aws.iam.RolePolicy(name, {
    role: role.name,
    policy: aws.iam.getPolicyDocumentOutput({
      statements: [
        { actions: ["lambda:InvokeFunction"], resources: [woken.arn] },
        { actions: ["sqs:SendMessage"], resources: [scheduleDeadLetters.arn] },
      ],
    }).json,
  });
}

/** What it takes to switch an account's polling on and off, and to have a login watched at once. */
export function mayRunPolling(poll: sst.aws.Function): sst.aws.FunctionPermissionArgs[] {
  return [
    {
      actions: ["scheduler:CreateSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule"],
      resources: [
        scheduleGroup.arn.apply((arn) => `${arn.replace(":schedule-group/", ":schedule/")}/poll-*`),
      ],
    },
    {
      actions: ["iam:PassRole"],
      resources: [pollScheduleRole.arn],
      conditions: [
        {
          test: "StringEquals",
          variable: "iam:PassedToService",
          values: ["scheduler.amazonaws.com"],
        },
      ],
    },
    { actions: ["lambda:InvokeFunction"], resources: [poll.arn] },
  ];
}

/** Scheduler knows no narrower resource for a listing; what is listed are names, and of our group. */
export const mayListSchedules: sst.aws.FunctionPermissionArgs = {
  actions: ["scheduler:ListSchedules"],
  resources: ["*"],
};
