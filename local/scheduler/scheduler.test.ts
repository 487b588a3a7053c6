import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import { afterEach, describe, expect, test } from "vitest";
import { soon } from "#local/lambda/soon.ts";
import { FunctionNotFoundError } from "#local/lambda/errors.ts";
import { createMeter } from "#local/meter/meter.ts";
import { startScheduler, type SchedulerEvent, type SchedulerOptions } from "./scheduler.ts";

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

type Delivery = { name: string; event: unknown };

async function start(options: Partial<SchedulerOptions> = {}) {
  const deliveries: Delivery[] = [];
  const events: SchedulerEvent[] = [];
  const host = {
    invokeAsync(name: string, event: unknown) {
      if (name === "nobody") throw new FunctionNotFoundError(name);
      deliveries.push({ name, event });
      return { requestId: "r" };
    },
  };
  const scheduler = await startScheduler({
    host,
    onEvent: (event) => events.push(event),
    ...options,
  });
  undo.push(() => scheduler.stop());
  const client = new SchedulerClient({
    endpoint: scheduler.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    maxAttempts: 1,
  });
  undo.push(async () => client.destroy());
  return { scheduler, client, deliveries, events };
}

const TARGET = {
  Arn: "arn:aws:lambda:us-east-1:000000000000:function:poll",
  RoleArn: "arn:aws:iam::000000000000:role/scheduler",
};
const input = (
  Name: string,
  more: Partial<CreateScheduleCommandInput> = {},
): CreateScheduleCommandInput => ({
  Name,
  ScheduleExpression: "rate(1 minute)",
  FlexibleTimeWindow: { Mode: "OFF" },
  Target: TARGET,
  ...more,
});
const create = (name: string, more: Partial<CreateScheduleCommandInput> = {}) =>
  new CreateScheduleCommand(input(name, more));

describe("schedules", () => {
  test("can be created, read, replaced and deleted", async () => {
    const { client } = await start();
    const RetryPolicy = { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 };
    const Target = { ...TARGET, RetryPolicy, Input: '{"accountId":"acc_1"}' };
    const { ScheduleArn } = await client.send(
      create("acc_1", { Target, Description: "an account" }),
    );
    expect(ScheduleArn).toBe("arn:aws:scheduler:us-east-1:000000000000:schedule/default/acc_1");
    expect(await client.send(new GetScheduleCommand({ Name: "acc_1" }))).toMatchObject({
      Arn: ScheduleArn,
      GroupName: "default",
      State: "ENABLED",
      Description: "an account",
      Target,
      CreationDate: expect.any(Date),
    });
    await client.send(new UpdateScheduleCommand({ ...input("acc_1"), State: "DISABLED" }));
    const replaced = await client.send(new GetScheduleCommand({ Name: "acc_1" }));
    expect(replaced).toMatchObject({ State: "DISABLED", Target: TARGET });
    expect(replaced.Description).toBeUndefined();
    await client.send(new DeleteScheduleCommand({ Name: "acc_1" }));
    await expect(client.send(new GetScheduleCommand({ Name: "acc_1" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  test("exist once in a group, but a repeated call is no conflict", async () => {
    const { client } = await start();
    await client.send(create("acc_1", { ClientToken: "t1" }));
    await client.send(create("acc_1", { ClientToken: "t1" }));
    await expect(client.send(create("acc_1", { ClientToken: "t2" }))).rejects.toMatchObject({
      name: "ConflictException",
    });
  });

  test("are refused when what they need is not there", async () => {
    const { client } = await start();
    const missing = { name: "ResourceNotFoundException" };
    await expect(client.send(create("a", { GroupName: "none" }))).rejects.toMatchObject(missing);
    await expect(client.send(new UpdateScheduleCommand(input("a")))).rejects.toMatchObject(missing);
    await expect(client.send(new DeleteScheduleCommand({ Name: "a" }))).rejects.toMatchObject(
      missing,
    );
  });

  test.each<[string, Partial<CreateScheduleCommandInput>]>([
    ["no time window", { FlexibleTimeWindow: undefined }],
    ["a flexible window without its length", { FlexibleTimeWindow: { Mode: "FLEXIBLE" } }],
    ["a rate of nothing", { ScheduleExpression: "rate(0 minutes)" }],
    ["a rate in seconds", { ScheduleExpression: "rate(30 seconds)" }],
    ["a plural of one", { ScheduleExpression: "rate(1 minutes)" }],
    ["a cron with an impossible minute", { ScheduleExpression: "cron(75 * * * ? *)" }],
    ["a name with a slash", { Name: "a/b" }],
    ["no role", { Target: { ...TARGET, RoleArn: undefined } }],
    [
      "a retry policy out of range",
      { Target: { ...TARGET, RetryPolicy: { MaximumEventAgeInSeconds: 5 } } },
    ],
    ["an input that is no JSON", { Target: { ...TARGET, Input: "{" } }],
  ])("are refused with %s", async (_title, wrong) => {
    const { client, scheduler } = await start();
    await expect(client.send(create("a", wrong))).rejects.toMatchObject({
      name: "ValidationException",
    });
    expect(scheduler.schedules()).toEqual([]);
  });

  test("are listed by group, prefix and state, page by page", async () => {
    const { client } = await start();
    await client.send(new CreateScheduleGroupCommand({ Name: "g" }));
    for (const name of ["acc_3", "acc_1", "acc_2", "other"]) {
      await client.send(
        create(name, { GroupName: "g", State: name === "acc_2" ? "DISABLED" : "ENABLED" }),
      );
    }
    await client.send(create("acc_9"));
    const list = async (more: object) => {
      const { Schedules, NextToken } = await client.send(
        new ListSchedulesCommand({ GroupName: "g", ...more }),
      );
      return { names: Schedules?.map((schedule) => schedule.Name), NextToken };
    };
    const first = await list({ NamePrefix: "acc_", MaxResults: 2 });
    expect(first.names).toEqual(["acc_1", "acc_2"]);
    const rest = await list({ NamePrefix: "acc_", MaxResults: 2, NextToken: first.NextToken });
    expect(rest).toEqual({ names: ["acc_3"], NextToken: undefined });
    expect((await list({ State: "DISABLED" })).names).toEqual(["acc_2"]);
  });
});

describe("schedule groups", () => {
  test("take their schedules along when they are deleted", async () => {
    const { client, scheduler } = await start();
    await client.send(new CreateScheduleGroupCommand({ Name: "g" }));
    await client.send(create("a", { GroupName: "g" }));
    await client.send(create("b"));
    expect(await client.send(new GetScheduleGroupCommand({ Name: "g" }))).toMatchObject({
      State: "ACTIVE",
    });
    const { ScheduleGroups } = await client.send(new ListScheduleGroupsCommand({}));
    expect(ScheduleGroups?.map((group) => group.Name)).toEqual(["default", "g"]);
    await client.send(new DeleteScheduleGroupCommand({ Name: "g" }));
    expect(scheduler.schedules().map((schedule) => schedule.name)).toEqual(["b"]);
    await expect(client.send(new GetScheduleGroupCommand({ Name: "g" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });
});

describe("firing", () => {
  test("invokes the target each minute, with its context attributes", async () => {
    const meter = createMeter();
    const { client, deliveries } = await start({ minuteMs: 60, meter });
    const Input =
      '{"accountId":"acc_1","at":"<aws.scheduler.scheduled-time>","id":"<aws.scheduler.execution-id>","n":<aws.scheduler.attempt-number>}';
    await client.send(create("acc_1", { Target: { ...TARGET, Input } }));
    await soon(() => expect(deliveries.length).toBeGreaterThanOrEqual(3));
    expect(deliveries[0]).toEqual({
      name: "poll",
      event: {
        accountId: "acc_1",
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        n: 1,
      },
    });
    expect(meter.snapshot().scheduler).toEqual({
      invocations: deliveries.length,
      requests: { CreateSchedule: 1 },
    });
  });

  test("goes on until the schedule is disabled or deleted", async () => {
    const { client, deliveries } = await start({ minuteMs: 40 });
    await client.send(create("a", { State: "DISABLED", Target: { ...TARGET, Input: '"a"' } }));
    await client.send(create("b", { Target: { ...TARGET, Input: '"b"' } }));
    await client.send(create("c", { Target: { ...TARGET, Input: '"c"' } }));
    await soon(() => expect(of("b").length).toBeGreaterThan(1));
    await client.send(new DeleteScheduleCommand({ Name: "b" }));
    const before = of("b").length;
    const other = of("c").length;
    await soon(() => expect(of("c").length).toBeGreaterThan(other + 2));
    expect(of("b")).toHaveLength(before);
    expect(of("a")).toEqual([]);
    function of(event: string) {
      return deliveries.filter((delivery) => delivery.event === event);
    }
  });

  test("comes twice, or not at all, when the profile says so", async () => {
    const double = await start({ minuteMs: 60, profile: { doubleProbability: 1 } });
    const miss = await start({ minuteMs: 60, profile: { missProbability: 1 } });
    await double.client.send(create("a"));
    await miss.client.send(create("a"));
    await soon(() => expect(double.events.length).toBeGreaterThanOrEqual(4));
    const times = double.events.map((event) => event.scheduledAt.getTime());
    expect(times.filter((time) => time === times[0])).toHaveLength(2);
    await soon(() => expect(miss.events.length).toBeGreaterThanOrEqual(2));
    expect(miss.events.every((event) => event.type === "missed")).toBe(true);
    expect(miss.deliveries).toEqual([]);
  });

  test("by hand, for a story that does not wait", async () => {
    const { client, scheduler, deliveries } = await start();
    await client.send(create("a", { Target: { ...TARGET, Input: '{"accountId":"a"}' } }));
    scheduler.fire("a");
    expect(deliveries).toEqual([{ name: "poll", event: { accountId: "a" } }]);
    expect(() => scheduler.fire("b")).toThrow("Schedule b does not exist.");
  });

  test("at a function that is not there is told, and nothing more", async () => {
    const { client, scheduler, events } = await start();
    const Arn = "arn:aws:lambda:us-east-1:000000000000:function:nobody";
    await client.send(create("a", { Target: { ...TARGET, Arn } }));
    scheduler.fire("a");
    expect(events).toMatchObject([
      { type: "failed", name: "a", reason: expect.stringContaining("nobody") },
    ]);
  });
});

test("schedules outlive a restart when they have a file", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "hub-scheduler-test-"));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const dataFile = path.join(folder, "deep", "schedules.json");
  const first = await start({ dataFile });
  await first.client.send(new CreateScheduleGroupCommand({ Name: "g" }));
  await first.client.send(create("a", { GroupName: "g" }));
  await first.scheduler.stop();
  const second = await start({ dataFile, minuteMs: 40 });
  expect(second.scheduler.schedules()).toEqual(first.scheduler.schedules());
  await soon(() => expect(second.deliveries.length).toBeGreaterThan(0));
});
