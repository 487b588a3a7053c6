import { GetScheduleCommand } from "@aws-sdk/client-scheduler";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { schedulerClient, startTestScheduler, type TestScheduler } from "#test/test-scheduler.ts";
import { createAccountSchedules, scheduleName } from "./account-schedules.ts";

const settings = {
  SCHEDULE_GROUP: "default",
  SCHEDULE_ROLE_ARN: "arn:aws:iam::000000000000:role/schedules",
  POLL_FUNCTION_ARN: "arn:aws:lambda:us-east-1:000000000000:function:poll",
};

let scheduler: TestScheduler;
beforeAll(async () => {
  scheduler = await startTestScheduler();
});
afterAll(() => scheduler.stop());

function stored(accountId: string) {
  return scheduler.client.send(new GetScheduleCommand({ Name: scheduleName(accountId) }));
}

describe("an account's schedule", () => {
  test("wakes the poll Lambda each minute with the account's id, and is not caught up on", async () => {
    await createAccountSchedules(settings, scheduler.client).put("acc_1");
    expect(await stored("acc_1")).toMatchObject({
      ScheduleExpression: "rate(1 minute)",
      FlexibleTimeWindow: { Mode: "OFF" },
      State: "ENABLED",
      Target: {
        Arn: settings.POLL_FUNCTION_ARN,
        RoleArn: settings.SCHEDULE_ROLE_ARN,
        RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
      },
    });
    scheduler.fire(scheduleName("acc_1"));
    expect(scheduler.woken).toEqual([
      {
        name: "poll",
        event: { accountId: "acc_1", scheduledAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) },
      },
    ]);
  });

  test("put again is the same one, with all it is to be and not only what changed", async () => {
    await createAccountSchedules(settings, scheduler.client).put("acc_2");
    const moved = {
      ...settings,
      POLL_FUNCTION_ARN: "arn:aws:lambda:us-east-1:000000000000:function:poll2",
      SCHEDULE_DEAD_LETTER_ARN: "arn:aws:sqs:us-east-1:000000000000:dead",
    };
    await createAccountSchedules(moved, scheduler.client).put("acc_2");
    const names = scheduler.schedules().filter(({ name }) => name === scheduleName("acc_2"));
    expect(names).toHaveLength(1);
    expect(await stored("acc_2")).toMatchObject({
      State: "ENABLED",
      Target: {
        Arn: moved.POLL_FUNCTION_ARN,
        DeadLetterConfig: { Arn: moved.SCHEDULE_DEAD_LETTER_ARN },
        RetryPolicy: { MaximumRetryAttempts: 0 },
      },
    });
  });

  test("removed is gone, and removed again still gone", async () => {
    const schedules = createAccountSchedules(settings, scheduler.client);
    await schedules.put("acc_3");
    await schedules.remove("acc_3");
    await expect(schedules.remove("acc_3")).resolves.toBeUndefined();
    expect(scheduler.schedules().map(({ name }) => name)).not.toContain(scheduleName("acc_3"));
  });

  test("wanted by several at once is one", async () => {
    const schedules = createAccountSchedules(settings, scheduler.client);
    await Promise.all([1, 2, 3].map(() => schedules.put("acc_4")));
    const names = scheduler.schedules().filter(({ name }) => name === scheduleName("acc_4"));
    expect(names).toHaveLength(1);
  });
});

test("trouble with Scheduler is not taken for done", async () => {
  const away = schedulerClient("http://127.0.0.1:1");
  const schedules = createAccountSchedules(settings, away);
  await expect(schedules.put("acc_5")).rejects.toThrow();
  await expect(schedules.remove("acc_5")).rejects.toThrow();
  const elsewhere = createAccountSchedules(
    { ...settings, SCHEDULE_GROUP: "nowhere" },
    scheduler.client,
  );
  await expect(elsewhere.put("acc_5")).rejects.toThrow();
  away.destroy();
});
