import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterEach, describe, expect, test } from "vitest";
import { plusSeconds } from "#core/shared/clock.ts";
import type { AlarmDefinition } from "#infra/alarm-definitions.ts";
import { eventually } from "#local/eventually.ts";
import { startTestHost } from "#local/lambda/testing.ts";
import { startQueue } from "#local/queue/queue.ts";
import { alarmNamed } from "./alarm-hub.ts";
import { evaluateAlarm, type AlarmState, type DataPoint } from "./evaluate-alarm.ts";

/** Only full minutes of the clock: what the parts here count is told as of the next one. */
const begin = new Date("2026-03-02T08:00:05.000Z");

const started: { stop(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const part of started.splice(0)) await part.stop();
});

/** An alarm and what AWS told minute by minute. */
function watch(name: string) {
  const alarm = alarmNamed(name);
  const points: DataPoint[] = [];
  let now = begin;
  let state: AlarmState = "INSUFFICIENT_DATA";
  return {
    /** Lets a minute pass of which this was told; null is a minute without a word. */
    minute(told: Omit<DataPoint, "at"> | null): AlarmState {
      if (told) points.push({ ...told, at: now });
      now = plusSeconds(now, 60);
      state = evaluateAlarm(alarm, points, now, state);
      return state;
    },
    now: () => now,
  };
}

const lambdas: readonly Extract<AlarmDefinition["source"], { kind: "lambda" }>["of"][] = [
  "poll",
  "agent",
  "retry",
  "api",
];

describe.each(lambdas)("the %s Lambda", (name) => {
  test("that fails at start is told of, until it runs again", async () => {
    const host = await startTestHost();
    started.push(host);
    host.add(
      name,
      `if (process.env.BAD) throw new Error("wrong setting"); export const handler = async () => 1;`,
    );
    const seen = watch(`${name}-errors`);
    let before = 0;
    const minute = async () => {
      await host.invoke(name, {});
      const { outcomes } = host.meter.snapshot().functions[name] ?? { outcomes: null };
      const failed = outcomes ? outcomes.error + outcomes.timeout + outcomes.out_of_memory : 0;
      const value = failed - before;
      before = failed;
      return seen.minute({
        namespace: "AWS/Lambda",
        name: "Errors",
        dimensions: `FunctionName=${name}`,
        value,
      });
    };
    for (let count = 0; count < 6; count++) expect(await minute()).toBe("OK");
    await host.setEnvironment(name, { BAD: "1" });
    const states = [];
    for (let count = 0; count < 10; count++) states.push(await minute());
    expect(states).toContain("ALARM");
    await host.setEnvironment(name, { BAD: "" });
    for (let count = 0; count < 10; count++) states.push(await minute());
    expect(states.at(-1)).toBe("OK");
  });

  test("that gets no place in its AWS account is told of, until there is one", async () => {
    const host = await startTestHost({ accountConcurrency: 1 });
    started.push(host);
    host.add(
      "other",
      "export const handler = () => new Promise((done) => setTimeout(done, 60_000));",
      {
        timeoutSeconds: 60,
      },
    );
    host.add(name, "export const handler = async () => 1;");
    const seen = watch(`${name}-throttled`);
    let before = 0;
    const minute = async () => {
      await host.invoke(name, {}).catch(unlessThrottled);
      const throttled = host.meter.snapshot().functions[name]?.throttles ?? 0;
      const value = throttled - before;
      before = throttled;
      return seen.minute({
        namespace: "AWS/Lambda",
        name: "Throttles",
        dimensions: `FunctionName=${name}`,
        value,
      });
    };
    for (let count = 0; count < 6; count++) expect(await minute()).toBe("OK");
    host.invokeAsync("other", {});
    await eventually("the only place is taken", async () => host.running("other")[0] ?? null);
    const states = [];
    for (let count = 0; count < 15; count++) states.push(await minute());
    expect(states).toContain("ALARM");
    await host.kill("other");
    for (let count = 0; count < 10; count++) states.push(await minute());
    expect(states.at(-1)).toBe("OK");
  });
});

function unlessThrottled(error: Error): void {
  if (error.name !== "ThrottledError") throw error;
}

async function startTestQueue() {
  const queue = await startQueue();
  const client = new SQSClient({
    endpoint: queue.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  started.push({ stop: async () => client.destroy() }, queue);
  return { queue, client };
}

test("a job that nobody comes for is told of, until it is worked off", async () => {
  const { queue, client } = await startTestQueue();
  const seen = watch("oldest-job");
  const dimensions = "QueueName=AgentQueue.fifo";
  const metric = { namespace: "AWS/SQS", name: "ApproximateAgeOfOldestMessage", dimensions };
  const minute = (sentAt: Date | null) => {
    const waits = queue.depth().agent.ready > 0 && sentAt !== null;
    const value = waits ? (seen.now().getTime() - sentAt.getTime()) / 1000 : 0;
    return seen.minute({ ...metric, value });
  };
  for (let count = 0; count < 4; count++) expect(minute(null)).toBe("OK");
  const job = { QueueUrl: queue.agentQueueUrl, MessageBody: "{}", MessageGroupId: "cnv_1" };
  await client.send(new SendMessageCommand({ ...job, MessageDeduplicationId: "job_1" }));
  const sentAt = seen.now();
  const states = [];
  for (let count = 0; count < 15; count++) states.push(minute(sentAt));
  expect(states.indexOf("ALARM")).toBeGreaterThanOrEqual(10);
  await client.send(new ReceiveMessageCommand({ QueueUrl: queue.agentQueueUrl }));
  for (let count = 0; count < 4; count++) states.push(minute(sentAt));
  expect(states.at(-1)).toBe("OK");
});

test("a wake-up that Scheduler put aside is told of, until somebody looked at it", async () => {
  const { client } = await startTestQueue();
  const made = await client.send(new CreateQueueCommand({ QueueName: "ScheduleDeadLetters" }));
  const QueueUrl = made.QueueUrl ?? "";
  const seen = watch("schedules-failing");
  const dimensions = "QueueName=ScheduleDeadLetters";
  const metric = { namespace: "AWS/SQS", name: "ApproximateNumberOfMessagesVisible", dimensions };
  const minute = async () => {
    const asked = { QueueUrl, AttributeNames: ["ApproximateNumberOfMessages" as const] };
    const { Attributes } = await client.send(new GetQueueAttributesCommand(asked));
    return seen.minute({ ...metric, value: Number(Attributes?.["ApproximateNumberOfMessages"]) });
  };
  for (let count = 0; count < 6; count++) expect(await minute()).toBe("OK");
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: "{}" }));
  const states = [];
  for (let count = 0; count < 6; count++) states.push(await minute());
  expect(states).toContain("ALARM");
  await client.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 600 }));
  for (let count = 0; count < 10; count++) states.push(await minute());
  expect(states.at(-1)).toBe("OK");
});
