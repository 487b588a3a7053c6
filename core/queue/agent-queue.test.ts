import { once } from "node:events";
import { createServer } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sqsClient, startTestQueue, type TestQueue } from "#test/test-queue.ts";
import { createAgentQueue, QueueError, type AgentQueue, type NewJob } from "./agent-queue.ts";
import { createDeadLetters } from "./dead-letters.ts";
import { Job } from "./job.ts";

let sqs: TestQueue;
let queue: AgentQueue;
beforeAll(async () => {
  sqs = await startTestQueue();
  queue = createAgentQueue({ queueUrl: sqs.agentQueueUrl }, sqs.client);
});
afterAll(() => sqs.stop());

function job(name: string, conversationId = "cnv_A"): NewJob {
  return { jobId: `job_${name}`, conversationId, do: "answer", ref: `msg_${name}` };
}

test("jobs go out ten to a request, one group per conversation, in order within it", async () => {
  const jobs = Array.from({ length: 25 }, (_, index) => job(`o${index}`, `cnv_${index % 2}`));

  await queue.push(jobs);

  const received = await sqs.receiveAll();
  const bodies = received.map(({ body }) => Job.parse(JSON.parse(body)));
  expect(bodies).toHaveLength(25);
  for (const conversationId of ["cnv_0", "cnv_1"]) {
    const pushed = jobs.filter((each) => each.conversationId === conversationId);
    const came = bodies.filter((each) => each.conversationId === conversationId);
    expect(came.map(({ jobId }) => jobId)).toEqual(pushed.map(({ jobId }) => jobId));
  }
  expect(new Set(received.map(({ group }) => group))).toEqual(new Set(["cnv_0", "cnv_1"]));
});

test("a repeat of one push is absorbed, a new reason is a new job", async () => {
  await queue.push([job("r1")]);
  await queue.push([job("r1"), job("r2")]);

  const received = await sqs.receiveAll();
  expect(received.map(({ body }) => Job.parse(JSON.parse(body)).jobId)).toEqual([
    "job_r1",
    "job_r2",
  ]);
});

test("a job that failed comes again after the seconds that were asked for", async () => {
  await queue.push([job("d1")]);
  const [first] = await sqs.receive();
  expect(await sqs.receive()).toEqual([]);

  await queue.delay(first?.receiptHandle ?? "", 0);

  const [again] = await sqs.receive();
  expect(again?.body).toBe(first?.body);
  await sqs.remove(again?.receiptHandle ?? "");
});

test("some jobs that SQS refuses out of a batch are an error, since somebody waits for them", async () => {
  const refusing = createServer((_request, response) => {
    const Failed = [{ Id: "1", Code: "InternalError", SenderFault: false }];
    response.writeHead(200, { "Content-Type": "application/x-amz-json-1.0" });
    response.end(JSON.stringify({ Successful: [], Failed }));
  });
  refusing.listen(0, "127.0.0.1");
  await once(refusing, "listening");
  const address = refusing.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  const client = sqsClient(url);
  const queueUrl = `${url}/000000000000/AgentQueue.fifo`;

  const pushed = createAgentQueue({ queueUrl }, client).push([job("f1"), job("f2")]);

  await expect(pushed).rejects.toThrow(QueueError);
  await expect(pushed).rejects.toMatchObject({ details: { refused: 1, code: "InternalError" } });
  client.destroy();
  refusing.close();
});

test("nothing to push asks nothing of the queue", async () => {
  const away = sqsClient("http://127.0.0.1:1");
  const queue = createAgentQueue({ queueUrl: "http://127.0.0.1:1/q.fifo" }, away);
  await expect(queue.push([])).resolves.toBeUndefined();
});

test("dead letters are received and gone once removed", async () => {
  const deadLetters = createDeadLetters({ queueUrl: sqs.deadLetterUrl }, sqs.client);
  const dead = createAgentQueue({ queueUrl: sqs.deadLetterUrl }, sqs.client);
  await dead.push([job("dead1", "cnv_D1"), job("dead2", "cnv_D2")]);

  const letters = await deadLetters.receive();
  expect(letters.map(({ body }) => Job.parse(JSON.parse(body)).jobId).toSorted()).toEqual([
    "job_dead1",
    "job_dead2",
  ]);

  for (const letter of letters) await deadLetters.remove(letter);
  expect(sqs.depth().deadLetters).toEqual({ ready: 0, inFlight: 0 });
  expect(await deadLetters.receive()).toEqual([]);
});
