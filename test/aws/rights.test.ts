import { beforeEach, describe, expect, test } from "vitest";
import { wantedBy } from "./aws-request.ts";
import { askForSchedule } from "./gate.ts";
import { nameOf, Rights } from "./rights.ts";

const account = "000000000000";
const queue = `arn:aws:sqs:us-east-1:${account}:AgentQueue.fifo`;
const poll = `arn:aws:lambda:us-east-1:${account}:function:poll`;
const scheduleRole = `arn:aws:iam::${account}:role/PollScheduleRole`;
const group = `arn:aws:scheduler:us-east-1:${account}:schedule-group/hub`;

let rights: Rights;
beforeEach(() => {
  rights = new Rights([
    {
      title: "ApiRole",
      name: "ApiRole",
      trust: [],
      grants: [
        { Effect: "Allow", Action: ["sqs:SendMessage"], Resource: [queue] },
        {
          Effect: "Allow",
          Action: ["scheduler:CreateSchedule"],
          Resource: [`arn:aws:scheduler:us-east-1:${account}:schedule/hub/poll-*`],
        },
        {
          Effect: "Allow",
          Action: ["iam:PassRole"],
          Resource: [scheduleRole],
          Condition: { StringEquals: { "iam:PassedToService": ["scheduler.amazonaws.com"] } },
        },
      ],
    },
    {
      title: "PollScheduleRole",
      name: "PollScheduleRole",
      trust: [
        {
          Effect: "Allow",
          Action: ["sts:AssumeRole"],
          Resource: [],
          Principal: { Service: ["scheduler.amazonaws.com"] },
          Condition: {
            StringEquals: { "aws:SourceAccount": [account], "aws:SourceArn": [group] },
          },
        },
      ],
      grants: [{ Effect: "Allow", Action: ["lambda:InvokeFunction"], Resource: [poll] }],
    },
  ]);
});

/** What the api Lambda's role says to a request as the SDK makes it. */
function allows(
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): boolean {
  const wanted = wantedBy({
    method,
    url: new URL(path, "http://127.0.0.1"),
    headers: new Headers(headers),
    body: JSON.stringify(body),
  });
  return wanted?.needs.every((need) => rights.ask("ApiRole", need, "the function")) ?? false;
}

const toSqs = (action: string) => ({ "x-amz-target": `AmazonSQS.${action}` });
const QueueUrl = `http://127.0.0.1/${account}/AgentQueue.fifo`;
const Target = { Arn: poll, RoleArn: scheduleRole };

describe("a request of a function", () => {
  test("needs the action of one message, also for a batch of them", () => {
    expect(allows("POST", "/", { QueueUrl }, toSqs("SendMessageBatch"))).toBe(true);
    expect(rights.uses.map(nameOf)).toEqual(["ApiRole sqs:SendMessage AgentQueue.fifo"]);
  });

  test("is refused for another action, another queue, and an action that nobody knows", () => {
    expect(allows("POST", "/", { QueueUrl }, toSqs("ReceiveMessage"))).toBe(false);
    expect(allows("POST", "/", { QueueUrl: `${QueueUrl}x` }, toSqs("SendMessage"))).toBe(false);
    expect(allows("POST", "/", { QueueUrl }, toSqs("PurgeQueue"))).toBe(false);
    expect(rights.uses).toEqual([]);
  });

  test("for a schedule needs its group and name, and the right to hand its role on", () => {
    expect(allows("POST", "/schedules/poll-acc_1", { GroupName: "hub", Target })).toBe(true);
    expect(allows("POST", "/schedules/poll-acc_1", { Target })).toBe(false);
    expect(allows("POST", "/schedules/retry", { GroupName: "hub", Target })).toBe(false);
    const other = { ...Target, RoleArn: `arn:aws:iam::${account}:role/Admin` };
    expect(allows("POST", "/schedules/poll-acc_1", { GroupName: "hub", Target: other })).toBe(
      false,
    );
    expect(rights.refusals.at(-1)?.action).toBe("iam:PassRole");
  });
});

test("a role is handed on only to the service that the condition names", () => {
  const need = { action: "iam:PassRole", resource: scheduleRole };
  expect(rights.ask("ApiRole", need, "the function")).toBe(false);
  const context = { "iam:PassedToService": "lambda.amazonaws.com" };
  expect(rights.ask("ApiRole", { ...need, context }, "the function")).toBe(false);
});

test("a schedule's role has to trust schedules of its group, and to reach what they need", () => {
  askForSchedule(rights, { GroupName: "hub", Target });
  expect(rights.refusals).toEqual([]);
  askForSchedule(rights, { GroupName: "other", Target });
  expect(rights.refusals.map(({ action }) => action)).toEqual(["sts:AssumeRole"]);
  rights.begin("next");
  const DeadLetterConfig = { Arn: `arn:aws:sqs:us-east-1:${account}:ScheduleDeadLetters` };
  askForSchedule(rights, { GroupName: "hub", Target: { ...Target, DeadLetterConfig } });
  expect(rights.refusals.map(({ action }) => action)).toEqual(["sqs:SendMessage"]);
});

test("a grant that is taken away is refused while it is, and not after", async () => {
  const send = () => allows("POST", "/", { QueueUrl }, toSqs("SendMessage"));
  const grant = rights.grants.find(({ action }) => action === "sqs:SendMessage");
  if (!grant) throw new Error("There is no such grant.");
  expect(await rights.without(grant, async () => send())).toBe(false);
  expect(send()).toBe(true);
  expect(rights.unused().map(({ action }) => action)).not.toContain("sqs:SendMessage");
});
