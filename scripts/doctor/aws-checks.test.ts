import { once } from "node:events";
import { createServer } from "node:net";
import {
  CreateQueueCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { CreateScheduleGroupCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { json, serve } from "#test/answering-server.ts";
import { functionFigures } from "#infra/figures.ts";
import { startScheduler, type Scheduler } from "#local/scheduler/scheduler.ts";
import { startTestQueue, type TestQueue } from "#test/test-queue.ts";
import { awsFault, awsOptions } from "./aws.ts";
import { checkQueues } from "./queue-check.ts";
import { checkSchedules } from "./schedules-check.ts";
import { faultsIn, testContext } from "./test-context.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

/** An AWS that answers everything with this error. */
async function refusing(code: string): Promise<string> {
  const server = await serve(json({ __type: code, Message: "no", message: "no" }, 400));
  undo.push(() => server[Symbol.asyncDispose]());
  return server.url;
}

async function closedDoor(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}

describe("the queues", () => {
  let queue: TestQueue;
  beforeEach(async () => {
    queue = await startTestQueue();
    undo.push(() => queue.stop());
  });

  function check(env: Record<string, string> = {}) {
    return checkQueues(
      testContext({
        AGENT_QUEUE_URL: queue.agentQueueUrl,
        DEAD_LETTER_QUEUE_URL: queue.deadLetterUrl,
        AWS_ENDPOINT_URL_SQS: queue.endpoint,
        ...env,
      }),
    );
  }

  async function makeQueue(QueueName: string, Attributes: Record<string, string> = {}) {
    const made = await queue.client.send(new CreateQueueCommand({ QueueName, Attributes }));
    return made.QueueUrl ?? "";
  }

  const setAgent = (Attributes: Record<string, string>, client: SQSClient = queue.client) =>
    client.send(new SetQueueAttributesCommand({ QueueUrl: queue.agentQueueUrl, Attributes }));

  test("of the deployed figures pass, and what waits in them is told", async () => {
    await queue.client.send(
      new SendMessageCommand({
        QueueUrl: queue.deadLetterUrl,
        MessageBody: "{}",
        MessageGroupId: "g",
        MessageDeduplicationId: "d",
      }),
    );
    const lines = await check();
    expect(lines.map(({ name, status }) => `${name} ${status}`)).toEqual([
      "agent pass",
      "visibility pass",
      "redrive pass",
      "dead-letters pass",
    ]);
    expect(lines.at(-1)?.seen).toBe("AgentDeadLetters.fifo is there and FIFO, 1 waiting");
    expect(lines[2]?.seen).toBe("after 3 tries to AgentDeadLetters.fifo");
  });

  test("are not looked at without their addresses", async () => {
    const lines = await check({ AGENT_QUEUE_URL: "", DEAD_LETTER_QUEUE_URL: "" });
    expect(new Set(lines.map(({ status }) => status))).toEqual(new Set(["skipped"]));
    expect(lines[0]?.seen).toContain("set AGENT_QUEUE_URL");
    expect(lines.at(-1)?.seen).toContain("set DEAD_LETTER_QUEUE_URL");
  });

  test("queue_missing: nothing is at these addresses", async () => {
    const faults = faultsIn(
      await check({
        AGENT_QUEUE_URL: queue.agentQueueUrl.replace("AgentQueue", "Gone"),
        DEAD_LETTER_QUEUE_URL: queue.deadLetterUrl.replace("AgentDeadLetters", "Gone"),
      }),
    );
    expect(faults).toEqual(["agent: queue_missing", "dead-letters: queue_missing"]);
  });

  test("queue_not_fifo: both are standard queues", async () => {
    const standard = await makeQueue("Standard");
    const lines = await check({ AGENT_QUEUE_URL: standard, DEAD_LETTER_QUEUE_URL: standard });
    expect(faultsIn(lines)).toEqual(["agent: queue_not_fifo", "dead-letters: queue_not_fifo"]);
  });

  test("queue_visibility_short: a job comes again while the agent is at work", async () => {
    await setAgent({ VisibilityTimeout: `${functionFigures.agent.timeoutSeconds}` });
    expect(faultsIn(await check())).toEqual(["visibility: queue_visibility_short"]);
    await setAgent({ VisibilityTimeout: `${functionFigures.agent.timeoutSeconds + 1}` });
    expect(faultsIn(await check())).toEqual([]);
  });

  test("queue_without_dead_letters: none, or not the one that the retry Lambda drains", async () => {
    const plain = await makeQueue("Plain.fifo", { FifoQueue: "true", VisibilityTimeout: "180" });
    expect(faultsIn(await check({ AGENT_QUEUE_URL: plain }))).toEqual([
      "redrive: queue_without_dead_letters",
    ]);
    const other = await makeQueue("Other.fifo", { FifoQueue: "true" });
    expect(faultsIn(await check({ DEAD_LETTER_QUEUE_URL: other }))).toEqual([
      "redrive: queue_without_dead_letters",
    ]);
  });

  test("aws_unreachable: the endpoint is shut", async () => {
    const faults = faultsIn(await check({ AWS_ENDPOINT_URL_SQS: await closedDoor() }));
    expect(faults).toEqual(["agent: aws_unreachable", "dead-letters: aws_unreachable"]);
  });

  test.each([
    ["aws_right_missing", "AccessDeniedException"],
    ["aws_sign_in", "UnrecognizedClientException"],
    ["aws_sign_in", "ExpiredTokenException"],
    ["aws_other", "ThrottlingException"],
  ])("%s: AWS says %s", async (fault, code) => {
    const [agent] = faultsIn(await check({ AWS_ENDPOINT_URL_SQS: await refusing(code) }));
    expect(agent).toBe(`agent: ${fault}`);
  });
});

describe("the schedules", () => {
  let scheduler: Scheduler;
  beforeEach(async () => {
    const host = { invokeAsync: () => ({ requestId: "r" }) };
    scheduler = await startScheduler({ host });
    undo.push(() => scheduler.stop());
  });

  function check(env: Record<string, string> = {}) {
    return checkSchedules(
      testContext({
        POLL_FUNCTION_ARN: "arn:aws:lambda:us-east-1:000000000000:function:poll",
        AWS_ENDPOINT_URL_SCHEDULER: scheduler.endpoint,
        ...env,
      }),
    );
  }

  test("of a group that is there pass", async () => {
    const client = new SchedulerClient({
      ...awsOptions({ AWS_ENDPOINT_URL: scheduler.endpoint }, "SCHEDULER", ""),
    });
    undo.push(() => client.destroy());
    await client.send(new CreateScheduleGroupCommand({ Name: "hub-production" }));
    expect(await check()).toMatchObject([{ status: "pass", seen: "group default: 0 schedules" }]);
    expect(faultsIn(await check({ SCHEDULE_GROUP: "hub-production" }))).toEqual([]);
  });

  test("are not looked at without POLL_FUNCTION_ARN", async () => {
    expect(await check({ POLL_FUNCTION_ARN: "" })).toMatchObject([
      { status: "skipped", seen: expect.stringContaining("set POLL_FUNCTION_ARN") },
    ]);
  });

  test("schedule_group_missing: the group was never made", async () => {
    expect(faultsIn(await check({ SCHEDULE_GROUP: "gone" }))).toEqual([
      "group: schedule_group_missing",
    ]);
  });

  test("aws_right_missing: these credentials may not list them", async () => {
    const url = await refusing("AccessDeniedException");
    expect(faultsIn(await check({ AWS_ENDPOINT_URL_SCHEDULER: url }))).toEqual([
      "group: aws_right_missing",
    ]);
  });
});

describe("who asks AWS", () => {
  test.each([
    [{}, "https://sqs.eu-central-1.amazonaws.com/1/AgentQueue.fifo", "eu-central-1"],
    [{}, "arn:aws-cn:lambda:cn-north-1:1:function:poll", "cn-north-1"],
    [{}, "http://127.0.0.1:4566/000000000000/AgentQueue.fifo", "us-east-1"],
    [{ AWS_REGION: "ap-east-1" }, "https://sqs.eu-central-1.amazonaws.com/1/q", "ap-east-1"],
  ])("%o finds the region for %s", (env, address, region) => {
    expect(awsOptions(env, "SQS", address).region).toBe(region);
  });

  test("takes made-up credentials for a local endpoint only, and only without real ones", () => {
    const local = { AWS_ENDPOINT_URL_SQS: "http://127.0.0.1:4566" };
    expect(awsOptions(local, "SQS", "")).toHaveProperty("credentials");
    expect(awsOptions({ ...local, AWS_ACCESS_KEY_ID: "a" }, "SQS", "")).not.toHaveProperty(
      "credentials",
    );
    expect(awsOptions({}, "SQS", "")).not.toHaveProperty("credentials");
  });

  test("without any credentials is told to sign in", () => {
    const error = Object.assign(new Error("none"), { name: "CredentialsProviderError" });
    expect(awsFault(error)).toBe("aws_sign_in");
  });
});
