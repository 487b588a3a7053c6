import { beforeEach, describe, expect, test } from "vitest";
import { LeaseLostError, TryLaterError } from "#core/shared/errors.ts";
import { testDeps, type TestDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import type { AgentQueue } from "./agent-queue.ts";
import { deadJobStore } from "./dead-job.ts";
import { jobVersion, type Job } from "./job.ts";
import { workOffJob, type ReceivedJob } from "./work-off-job.ts";

const { db } = withDatabase();
const job: Job = {
  version: 1,
  jobId: "job_1",
  conversationId: "cnv_1",
  do: "answer",
  ref: "msg_1",
};

let deps: Omit<TestDeps, "queue"> & { queue: AgentQueue };
let delays: { receiptHandle: string; seconds: number }[];
let worked: Job[];
beforeEach(async () => {
  await db().collection("dead_jobs").deleteMany({});
  delays = [];
  worked = [];
  const plain = testDeps(db());
  deps = {
    ...plain,
    queue: {
      ...plain.queue,
      async delay(receiptHandle, seconds) {
        delays.push({ receiptHandle, seconds });
      },
    },
  };
});

function received(body: string, receiveCount = 1): ReceivedJob {
  return { body, sqsMessageId: "sqs-1", receiptHandle: "handle-1", receiveCount };
}

function workOff(body: string, receiveCount = 1, trouble?: Error): Promise<boolean> {
  return workOffJob(deps, received(body, receiveCount), async (each) => {
    worked.push(each);
    if (trouble) throw trouble;
  });
}

describe("a job that is done", () => {
  test("is acknowledged", async () => {
    expect(await workOff(JSON.stringify(job))).toBe(true);
    expect(worked).toEqual([job]);
    expect(delays).toEqual([]);
  });
});

test("a job of a newer release, left in the queue by a roll-back, is a reason to look", async () => {
  const newer = { ...job, version: jobVersion + 1, do: "something_new" };
  expect(await workOff(JSON.stringify(newer))).toBe(true);
  expect(worked).toEqual([{ ...newer, do: "answer" }]);
});

test("a newer release's job for a waiting run is still for that run, which else waits until it is handed over anew", async () => {
  const newer = { ...job, version: jobVersion + 1, do: "retry", ref: "run_1" };
  expect(await workOff(JSON.stringify(newer))).toBe(true);
  expect(worked).toEqual([newer]);
});

describe("a job that nobody can read", () => {
  test.each([
    ["no JSON", "{"],
    ["an empty body", ""],
    ["a job of no version that is known", JSON.stringify({ ...job, version: 0 })],
    ["a job of no conversation", JSON.stringify({ ...job, conversationId: "acc_1" })],
    ["a job that asks for something unknown", JSON.stringify({ ...job, do: "dance" })],
  ])("goes to dead_jobs at once and does not come again: %s", async (_what, body) => {
    expect(await workOff(body)).toBe(true);
    expect(worked).toEqual([]);
    expect(await deadJobStore(db()).list({ limit: 10 })).toEqual([
      expect.objectContaining({ _id: "dead_sqs-1", why: "unreadable", body, status: "open" }),
    ]);
  });

  test("is kept once, however often it comes", async () => {
    await workOff("{");
    await workOff("{");
    expect(await deadJobStore(db()).list({ limit: 10 })).toHaveLength(1);
  });

  test("is kept in part when it is very long", async () => {
    await workOff("x".repeat(100_000));
    const [dead] = await deadJobStore(db()).list({ limit: 1 });
    expect(dead?.body).toHaveLength(4096);
  });
});

describe("a job that failed", () => {
  test.each([
    [1, 5],
    [2, 15],
    [3, 45],
    [9, 45],
  ])(
    "for the %ith time comes again after %i s instead of a whole visibility",
    async (count, seconds) => {
      expect(await workOff(JSON.stringify(job), count, new Error("secret text"))).toBe(false);
      expect(delays).toEqual([{ receiptHandle: "handle-1", seconds }]);
      expect(deps.logLines.join()).not.toContain("secret text");
    },
  );

  test("because somebody else is at work comes again when that one says", async () => {
    const held = new TryLaterError("turn.held", "Another invocation works on it.", 7);
    expect(await workOff(JSON.stringify(job), 3, held)).toBe(false);
    expect(delays).toEqual([{ receiptHandle: "handle-1", seconds: 7 }]);
    expect(deps.logLines[0]).toContain('"level":"info"');
  });

  test("in any other way is an error in the log", async () => {
    await workOff(JSON.stringify(job), 1, new LeaseLostError("run.lost", "It went on."));
    expect(deps.logLines[0]).toContain('"level":"error"');
  });
});
