import { expect, test } from "vitest";
import { z } from "zod";
import { lambdaOf, planned, plans, Queue, shortName } from "./planned.ts";

const plan = plans.production;
const queues = planned(plan, "sqs/queue:Queue", Queue);
const deadLetters = ["AgentDeadLettersQueue", "ScheduleDeadLettersQueue"];

function queue(name: string) {
  const found = queues.find((one) => one.name === name);
  if (!found) throw new Error(`${name} is not planned.`);
  return found.inputs;
}

test("each queue that is worked off has a dead-letter queue of its own kind", () => {
  const workedOff = queues.filter(({ name }) => !deadLetters.includes(name));
  expect(workedOff.map(({ name }) => name)).toEqual(["AgentQueueQueue"]);
  for (const { inputs } of workedOff) {
    const target = queue(shortName(inputs.redrivePolicy?.deadLetterTargetArn ?? ""));
    expect(target.fifoQueue).toBe(inputs.fifoQueue);
    expect(inputs.redrivePolicy?.maxReceiveCount).toBe(3);
    expect(target.messageRetentionSeconds).toBeGreaterThan(inputs.messageRetentionSeconds);
  }
});

test("jobs of a conversation keep their order, and what was refused by Scheduler needs none", () => {
  expect(queue("AgentQueueQueue").fifoQueue).toBe(true);
  expect(queue("ScheduleDeadLettersQueue").fifoQueue).toBe(false);
});

test("a job is hidden for longer than the agent Lambda may work on it", () => {
  const { timeout } = lambdaOf(plan, "agent");
  expect(queue("AgentQueueQueue").visibilityTimeoutSeconds).toBeGreaterThan(timeout);
});

test("the agent Lambda gets one job at a time, for each place of Hermes and five more", () => {
  const [mapping, ...others] = planned(
    plan,
    "lambda/eventSourceMapping:EventSourceMapping",
    z.object({
      batchSize: z.number(),
      functionResponseTypes: z.array(z.string()),
      maximumBatchingWindowInSeconds: z.number(),
      scalingConfig: z.object({ maximumConcurrency: z.number() }),
      eventSourceArn: z.string(),
      functionName: z.string(),
    }),
  );
  expect(others).toEqual([]);
  expect(mapping?.inputs).toMatchObject({
    batchSize: 1,
    functionResponseTypes: ["ReportBatchItemFailures"],
    maximumBatchingWindowInSeconds: 0,
    scalingConfig: { maximumConcurrency: 12 },
  });
  expect(shortName(mapping?.inputs.eventSourceArn ?? "")).toBe("AgentQueueQueue");
  expect(shortName(mapping?.inputs.functionName ?? "")).toBe("AgentFunction");
});

test("a long turn's jobs, each pushed by the one before, are not taken for a runaway", () => {
  const recursion = z.object({ functionName: z.string(), recursiveLoop: z.string() });
  const type = "lambda/functionRecursionConfig:FunctionRecursionConfig";
  const allowed = planned(plan, type, recursion).map(({ inputs }) => [
    shortName(inputs.functionName),
    inputs.recursiveLoop,
  ]);
  expect(allowed).toEqual([["AgentFunction", "Allow"]]);
});

test("what lies in a queue is encrypted", () => {
  for (const { name, inputs } of queues) expect(inputs.sqsManagedSseEnabled, name).toBe(true);
});
