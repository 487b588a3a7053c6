import { z } from "zod";
import type { Need } from "./rights.ts";

export type AwsRequest = { method: string; url: URL; headers: Headers; body: string };

/** What a request needs, and the role that it hands to Scheduler, if any. */
export type Wanted = { needs: Need[]; schedule: ScheduleOrder | null };
export type ScheduleOrder = z.output<typeof ScheduleBody>;

const account = "000000000000";
const region = "us-east-1";

/** SQS has no action for a batch: it is the action of one. */
const sqsActions: Readonly<Record<string, string>> = {
  SendMessage: "SendMessage",
  SendMessageBatch: "SendMessage",
  ReceiveMessage: "ReceiveMessage",
  DeleteMessage: "DeleteMessage",
  DeleteMessageBatch: "DeleteMessage",
  ChangeMessageVisibility: "ChangeMessageVisibility",
  ChangeMessageVisibilityBatch: "ChangeMessageVisibility",
  GetQueueAttributes: "GetQueueAttributes",
  GetQueueUrl: "GetQueueUrl",
};
const scheduleActions: Readonly<Record<string, string>> = {
  POST: "CreateSchedule",
  PUT: "UpdateSchedule",
  DELETE: "DeleteSchedule",
  GET: "GetSchedule",
};

const QueueBody = z.object({ QueueUrl: z.string() });
const ScheduleBody = z.object({
  GroupName: z.string().default("default"),
  Target: z.object({
    Arn: z.string(),
    RoleArn: z.string(),
    DeadLetterConfig: z.object({ Arn: z.string() }).optional(),
  }),
});

/**
 * The actions and resources that AWS would ask the caller's policies for (its service authorization
 * reference). Null for a request that no function is known to make.
 */
export function wantedBy(request: AwsRequest): Wanted | null {
  const { url, method } = request;
  if (request.headers.get("x-amz-target")?.startsWith("AmazonSQS.")) return ofSqs(request);
  const schedule = /^\/schedules\/([^/]+)$/.exec(url.pathname)?.[1];
  if (schedule !== undefined) return ofSchedule(request, decodeURIComponent(schedule));
  if (method === "GET" && url.pathname === "/schedules") {
    const resource = `arn:aws:scheduler:${region}:${account}:schedule/*/*`;
    return { needs: [{ action: "scheduler:ListSchedules", resource }], schedule: null };
  }
  const invoked = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(url.pathname)?.[1];
  if (method === "POST" && invoked !== undefined) {
    const resource = decodeURIComponent(invoked);
    return { needs: [{ action: "lambda:InvokeFunction", resource }], schedule: null };
  }
  return null;
}

function ofSqs({ headers, body }: AwsRequest): Wanted | null {
  const action = sqsActions[headers.get("x-amz-target")?.split(".")[1] ?? ""];
  if (action === undefined) return null;
  const queue = QueueBody.parse(JSON.parse(body)).QueueUrl.split("/").at(-1);
  const resource = `arn:aws:sqs:${region}:${account}:${queue}`;
  return { needs: [{ action: `sqs:${action}`, resource }], schedule: null };
}

function ofSchedule({ method, url, body }: AwsRequest, name: string): Wanted | null {
  const action = scheduleActions[method];
  if (action === undefined) return null;
  const schedule =
    method === "POST" || method === "PUT" ? ScheduleBody.parse(JSON.parse(body)) : null;
  const group = schedule?.GroupName ?? url.searchParams.get("groupName") ?? "default";
  const resource = `arn:aws:scheduler:${region}:${account}:schedule/${group}/${name}`;
  const needs: Need[] = [{ action: `scheduler:${action}`, resource }];
  if (schedule) {
    const context = { "iam:PassedToService": "scheduler.amazonaws.com" };
    needs.push({ action: "iam:PassRole", resource: schedule.Target.RoleArn, context });
  }
  return { needs, schedule };
}
