import { describe, expect, test } from "vitest";
import { nextFiring } from "./clockwork.ts";
import { parseExpression } from "./expression.ts";
import { type Schedule, ScheduleSettings } from "./schedule.ts";

const MINUTE_MS = 60_000;
const CREATED = Date.UTC(2026, 10, 22, 10, 3, 20);

function makeSchedule(name: string, settings: object = {}): Schedule {
  return {
    name,
    groupName: "default",
    createdAtMs: CREATED,
    changedAtMs: CREATED,
    settings: ScheduleSettings.parse({
      ScheduleExpression: "rate(1 minute)",
      FlexibleTimeWindow: { Mode: "OFF" },
      Target: {
        Arn: "arn:aws:lambda:us-east-1:000000000000:function:poll",
        RoleArn: "arn:aws:iam::000000000000:role/scheduler",
      },
      ...settings,
    }),
  };
}

function firings(schedule: Schedule, count: number): { fireAtMs: number; scheduledAt: Date }[] {
  const found = [];
  let after = CREATED;
  for (let n = 0; n < count; n++) {
    const next = nextFiring(schedule, after, MINUTE_MS);
    if (next === undefined) break;
    found.push(next);
    after = next.fireAtMs;
  }
  return found;
}

const times = (schedule: Schedule, count: number) =>
  firings(schedule, count).map(({ scheduledAt }) => scheduledAt.toISOString().slice(11, 16));

describe("a schedule's firings", () => {
  test("come each minute, at a second of its own that stays", () => {
    const found = firings(makeSchedule("acc_1"), 5);
    const seconds = new Set(found.map(({ fireAtMs }) => fireAtMs % MINUTE_MS));
    expect(seconds.size).toBe(1);
    expect(found.every(({ fireAtMs }) => fireAtMs > CREATED)).toBe(true);
    const gaps = found
      .slice(1)
      .map(({ fireAtMs }, index) => fireAtMs - (found[index]?.fireAtMs ?? 0));
    expect(gaps).toEqual([MINUTE_MS, MINUTE_MS, MINUTE_MS, MINUTE_MS]);
  });

  test("of many schedules spread over the minute, none after its 59th second", () => {
    const seconds = Array.from({ length: 200 }, (_, index) => {
      const [first] = firings(makeSchedule(`acc_${index}`), 1);
      return Math.floor(((first?.fireAtMs ?? 0) % MINUTE_MS) / 1000);
    });
    expect(new Set(seconds).size).toBeGreaterThan(40);
    expect(Math.max(...seconds)).toBeLessThanOrEqual(59);
  });

  test("count a rate from the creation", () => {
    const schedule = makeSchedule("acc_1", { ScheduleExpression: "rate(5 minutes)" });
    const minutes = times(schedule, 3).map((time) => Number(time.slice(3)) % 5);
    expect(minutes).toEqual([3, 3, 3]);
  });

  test("follow the minutes of a cron expression", () => {
    const schedule = makeSchedule("acc_1", { ScheduleExpression: "cron(0/15 * * * ? *)" });
    expect(times(schedule, 4)).toEqual(["10:15", "10:30", "10:45", "11:00"]);
  });

  test("begin and end with its dates", () => {
    const StartDate = Date.UTC(2026, 10, 22, 11, 0) / 1000;
    const schedule = makeSchedule("acc_1", { StartDate, EndDate: StartDate + 60 });
    expect(times(schedule, 5)).toEqual(["11:00", "11:01"]);
  });

  test("never come while it is disabled", () => {
    expect(
      nextFiring(makeSchedule("acc_1", { State: "DISABLED" }), CREATED, MINUTE_MS),
    ).toBeUndefined();
  });
});

describe("expressions", () => {
  const dueMinutes = (text: string) => {
    const expression = parseExpression(text);
    if ("problem" in expression) return expression.problem;
    return Array.from({ length: 60 }, (_, minute) => minute).filter((minute) =>
      expression.isDue(minute, 0),
    );
  };

  test.each([
    ["rate(20 minutes)", [0, 20, 40]],
    ["rate(1 hour)", [0]],
    ["cron(5,50-52 * * * ? *)", [5, 50, 51, 52]],
    ["cron(*/30 * ? * * *)", [0, 30]],
  ])("%s", (text, minutes) => {
    expect(dueMinutes(text)).toEqual(minutes);
  });

  test("that only the real Scheduler knows say so", () => {
    expect(dueMinutes("at(2026-11-22T10:00:00)")).toContain("not known to the local Scheduler");
    expect(dueMinutes("cron(0 9 ? * MON-FRI *)")).toContain("local Scheduler");
  });
});
