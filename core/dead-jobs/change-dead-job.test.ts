import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Actor } from "#core/audit/audit-line.ts";
import { auditStore } from "#core/audit/audit.store.ts";
import { createAgentQueue } from "#core/queue/agent-queue.ts";
import { deadJobStore, type DeadJob } from "#core/queue/dead-job.ts";
import { Job } from "#core/queue/job.ts";
import { pushRedriven } from "#core/queue/redrive.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { testDeps, type TestDeps } from "#test/test-deps.ts";
import { startTestQueue, type TestQueue } from "#test/test-queue.ts";
import { withDatabase } from "#test/with-database.ts";
import { deleteDeadJob, redrive, redriveAll } from "./change-dead-job.ts";

const { db } = withDatabase();
const mei: Actor = { kind: "operator", id: "mei" };
const lin: Actor = { kind: "operator", id: "lin" };
let sqs: TestQueue;
beforeAll(async () => {
  sqs = await startTestQueue();
});
afterAll(() => sqs.stop());
let deps: TestDeps;
beforeEach(async () => {
  deps = testDeps(db());
  await db().collection("dead_jobs").deleteMany({});
});

function bodyOf(name: string): string {
  const ref = `msg_${name}`;
  return JSON.stringify({
    version: 1,
    jobId: `job_${name}`,
    conversationId: `cnv_${name}`,
    do: "answer",
    ref,
  });
}

async function die(name: string, body = bodyOf(name)): Promise<DeadJob> {
  const now = deps.clock.now();
  await deadJobStore(db()).keep({ sqsMessageId: name, why: "failed_too_often", body, now });
  return deadJobStore(db()).get(`dead_${name}`);
}

async function actionsOf(id: string): Promise<string[]> {
  return (await auditStore(db()).listOf(id, 9)).map(({ action }) => action);
}

test("200 poison jobs that two tabs redrive at the same time come again once each", async () => {
  for (let n = 0; n < 200; n++) await die(`poison-${n}`);
  const queue = createAgentQueue({ queueUrl: sqs.agentQueueUrl }, sqs.client);
  const seen = await deadJobStore(db()).list({ limit: 200 });
  expect(seen).toHaveLength(200);

  const [first, second] = await Promise.all(
    [mei, lin].map((actor) => redriveAll({ ...deps, queue }, actor, seen)),
  );

  expect((first?.length ?? 0) + (second?.length ?? 0)).toBe(200);
  const jobs = (await sqs.receiveAll()).map(({ body }) => Job.parse(JSON.parse(body)));
  expect(jobs).toHaveLength(200);
  expect(new Set(jobs.map(({ ref }) => ref)).size).toBe(200);
  expect(new Set(jobs.map(({ jobId }) => jobId)).size).toBe(200);
  expect(await deadJobStore(db()).list({ limit: 200 })).toEqual([]);
  expect(await deadJobStore(db()).listOwed(plusSeconds(deps.clock.now(), 60), 9)).toEqual([]);
  const lines = await db().collection("audit_log").countDocuments({ action: "dead_job.redriven" });
  expect(lines).toBe(200);
});

describe("a redriven job", () => {
  test("is pushed by a sweep under the same id when whoever redrove it died first", async () => {
    const dead = await die("died");
    const queue = { ...deps.queue, push: () => Promise.reject(new Error("away")) };
    const redriven = await redrive({ ...deps, queue }, mei, dead._id);
    expect(redriven.status).toBe("redriven");
    expect(await pushRedriven(deps, plusSeconds(deps.clock.now(), -1))).toBe(0);
    expect(await pushRedriven(deps, deps.clock.now())).toBe(1);
    expect(await pushRedriven(deps, deps.clock.now())).toBe(0);
    expect(deps.jobs).toEqual([
      expect.objectContaining({ jobId: redriven.redriveJobId, ref: "msg_died" }),
    ]);
  });

  test("stays redriven for the next one who presses, and is not deleted any more", async () => {
    const dead = await die("again");
    const first = await redrive(deps, mei, dead._id);
    const second = await redrive(deps, lin, dead._id);
    expect(second.redriveJobId).toBe(first.redriveJobId);
    expect(deps.jobs).toHaveLength(1);
    expect(await actionsOf(dead._id)).toEqual(["dead_job.redriven"]);
    await expect(deleteDeadJob(deps, mei, dead._id)).rejects.toMatchObject({
      code: "dead_job.redriven",
    });
  });

  test.each(["{", "{}", "x".repeat(9_000)])("is none that nobody can read: %.5s", async (body) => {
    const dead = await die(`unreadable-${body.length}`, body);
    await expect(redrive(deps, mei, dead._id)).rejects.toMatchObject({
      code: "dead_job.unreadable",
    });
    expect(await redriveAll(deps, mei, [dead])).toEqual([]);
    expect(deps.jobs).toEqual([]);
  });
});

test("a deleted job is off the list, once, and is not tried again", async () => {
  const dead = await die("deleted");
  await Promise.all([deleteDeadJob(deps, mei, dead._id), deleteDeadJob(deps, lin, dead._id)]);
  expect(await deadJobStore(db()).list({ limit: 9 })).toEqual([]);
  expect(await actionsOf(dead._id)).toEqual(["dead_job.deleted"]);
  await expect(redrive(deps, mei, dead._id)).rejects.toMatchObject({ code: "dead_job.deleted" });
});

test("dead jobs are listed page by page, the newest first, and only those of some accounts", async () => {
  for (const name of ["a", "b", "c"]) {
    const now = deps.clock.now();
    const dead = { sqsMessageId: name, why: "failed_too_often", body: bodyOf(name), now } as const;
    await deadJobStore(db()).keep({ ...dead, accountId: name === "b" ? "acc_b" : "acc_other" });
  }
  const store = deadJobStore(db());
  const [newest, ...more] = await store.list({ limit: 2 });
  expect(newest?._id).toBe("dead_c");
  const last = more.at(-1);
  if (!last) throw new Error("The page is short.");
  const after = { createdAt: last.createdAt, id: last._id };
  expect((await store.list({ limit: 2, after })).map(({ _id }) => _id)).toEqual(["dead_a"]);
  const mine = await store.list({ limit: 9, accountIds: ["acc_b"] });
  expect(mine.map(({ _id }) => _id)).toEqual(["dead_b"]);
});
