import { beforeEach, describe, expect, test } from "vitest";
import { plusSeconds } from "#core/shared/clock.ts";
import { openConversation, waitingMessage } from "#test/records.ts";
import { testDeps, type TestDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import type { InboundMessage } from "#core/messages/message.ts";
import { createPusher, longestBurstSeconds, type Pusher } from "./pusher.ts";

const { db } = withDatabase();
let deps: TestDeps;
let pusher: Pusher;
beforeEach(() => {
  deps = testDeps(db());
  pusher = createPusher(deps);
});

function contact(name: string) {
  return openConversation(deps, "acc_1", { _id: `cnv_${name}`, userId: `o${name}@im.wechat` });
}

/** A text that comes now, its burst taken for complete after so many quiet seconds. */
function comes(from: string, quietSeconds: number): InboundMessage {
  const now = deps.clock.now();
  const conversation = contact(from);
  const pushAfter = pusher.pushAfter(conversation._id, now, quietSeconds);
  const message = waitingMessage(deps, conversation, { pushAfter, receivedAt: now });
  pusher.add([message]);
  return message;
}

async function after(seconds: number): Promise<void> {
  await deps.clock.advance(seconds * 1000);
  await pusher.pushDue();
}

describe("a burst", () => {
  test("is one job, pushed when the contact has been quiet", async () => {
    comes("A", 3);
    await after(2);
    const last = comes("A", 3);
    await after(2);
    expect(deps.jobs).toEqual([]);
    await after(1);
    expect(deps.jobs).toEqual([
      { jobId: `job-${last._id}`, conversationId: "cnv_A", do: "answer", ref: last._id },
    ]);
    await after(60);
    expect(deps.jobs).toHaveLength(1);
  });

  test("of somebody who never stops is pushed all the same", async () => {
    const startedAt = deps.clock.now();
    for (let seconds = 0; seconds < longestBurstSeconds; seconds++) {
      comes("A", 3);
      expect(deps.jobs).toEqual([]);
      await after(1);
    }
    expect(deps.clock.now()).toEqual(plusSeconds(startedAt, longestBurstSeconds));
    expect(deps.jobs).toHaveLength(1);
  });

  test("of one contact keeps no other waiting", async () => {
    comes("A", 10);
    comes("B", 1);
    expect(pusher.nextDueAt()).toEqual(plusSeconds(deps.clock.now(), 1));
    await after(1);
    expect(deps.jobs.map(({ conversationId }) => conversationId)).toEqual(["cnv_B"]);
    expect(pusher.nextDueAt()).toEqual(plusSeconds(deps.clock.now(), 9));
  });

  test("without a wait is pushed at once", async () => {
    comes("A", 0);
    await pusher.pushDue();
    expect(deps.jobs).toHaveLength(1);
    expect(pusher.nextDueAt()).toBeNull();
  });

  test("that is not complete when the poller ends is pushed then", async () => {
    comes("A", 10);
    await pusher.pushAll();
    expect(deps.jobs).toHaveLength(1);
  });
});

test("what is not to be answered has no job", async () => {
  pusher.add([waitingMessage(deps, contact("A"), { pushAfter: null, unansweredReason: "image" })]);
  await pusher.pushAll();
  expect(deps.jobs).toEqual([]);
});

test("a queue that is away ends no poll: the retry Lambda finds what was not pushed", async () => {
  deps.queue.push = () => Promise.reject(new Error("SQS is away, token s3cr3t"));
  comes("A", 0);
  await expect(pusher.pushDue()).resolves.toBeUndefined();
  expect(deps.logLines).toEqual([expect.stringContaining("job.not_pushed")]);
  expect(deps.logLines.join()).not.toContain("s3cr3t");
});
