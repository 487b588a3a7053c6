import type { Db } from "mongodb";
import type { Account } from "#core/accounts/account.ts";
import { leaseStore } from "#core/polling/lease.store.ts";
import { createAgentQueue, type NewJob } from "#core/queue/agent-queue.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { keepPromises } from "#core/sweeps/keep-promises.ts";
import type { SweepDeps } from "#core/sweeps/sweep.ts";
import { createMeasure } from "#core/telemetry/measure.ts";
import { alarmDefinitions } from "#infra/alarm-definitions.ts";
import { alarmInputs, type AlarmInputs } from "#infra/alarm-inputs.ts";
import { startSmallHub, type SmallHub } from "#test/small-hub.ts";
import { dataPointsOf, evaluateAlarm, type AlarmState, type DataPoint } from "./evaluate-alarm.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** The hub in one process, with what CloudWatch would see of it minute by minute. */
export type AlarmHub = SmallHub & {
  account: Account;
  /** What fails or stands still while a story wants it to. */
  broken: Set<"poller" | "retry" | "scheduler" | "dead_letters">;
  /** What AWS itself tells of queues and Lambdas. */
  tell(points: readonly Omit<DataPoint, "at">[]): void;
  /** Called in each minute before the retry Lambda comes. */
  eachMinute: (() => Promise<void>) | null;
  /** How far the clock moves for what a story calls a minute. */
  stepMinutes: number;
  /** What a story keeps from its cause to its mending. */
  notes: string[];
  /** Ends the invocation at work, which tells what it measured. */
  flush(): void;
  /** Lets minutes pass; gives the alarm's state after the last. */
  minutes(count: number): Promise<AlarmState>;
  /** Lets up to `most` minutes pass until the alarm is in that state; gives how many it took. */
  until(state: AlarmState, most: number): Promise<number>;
  /** Jumps ahead without a minute being kept. */
  jump(seconds: number): void;
};

export const namesUnderTest = {
  stage: "test",
  lambdas: { poll: "poll", agent: "agent", retry: "retry", api: "api" },
  queues: { AgentQueue: "AgentQueue.fifo", ScheduleDeadLetters: "ScheduleDeadLetters" },
};

export function alarmNamed(name: string): AlarmInputs {
  const found = alarmDefinitions.find((definition) => definition.name === name);
  if (!found) throw new Error(`There is no alarm ${name}.`);
  return alarmInputs(found, namesUnderTest);
}

/** Starts a hub with one bot that is polled, and watches one alarm of it. */
export async function startAlarmHub(db: Db, alarmName: string): Promise<AlarmHub> {
  const small = await startSmallHub(db, { HERMES_MAX_ATTEMPTS: "1" });
  const { deps } = small;
  const { clock } = deps;
  // Periods begin at full hours; a story must not depend on the time of day at which it is told.
  clock.moveOn(hourMs - (clock.now().getTime() % hourMs));
  const points: DataPoint[] = [];
  deps.measure = createMeasure({
    stage: namesUnderTest.stage,
    level: "INFO",
    clock,
    write: (line) => points.push(...dataPointsOf(line)),
  });
  const broken: AlarmHub["broken"] = new Set();
  const sweepDeps = retryDeps(small, broken);
  const account = await small.addBot({ scheduleWanted: "on", updatedAt: clock.now() });
  const alarm = alarmNamed(alarmName);
  let state: AlarmState = "INSUFFICIENT_DATA";

  async function minute(): Promise<void> {
    // Just after the minute began, so that what is told lies within it.
    const stepMs = hub.stepMinutes * minuteMs;
    clock.moveOn(stepMs - (clock.now().getTime() % stepMs) + 2_000);
    state = evaluateAlarm(alarm, points, clock.now(), state);
    await hub.eachMinute?.();
    deps.measure.flush();
    if (!broken.has("poller")) await pollerKeeps(hub);
    if (broken.has("retry")) return;
    await keepPromises(sweepDeps, clock.now());
    deps.measure.flush();
  }

  const hub: AlarmHub = {
    ...small,
    account,
    broken,
    eachMinute: null,
    stepMinutes: 1,
    notes: [],
    flush: () => deps.measure.flush(),
    tell: (told) => points.push(...told.map((point) => ({ ...point, at: clock.now() }))),
    jump: (seconds) => clock.moveOn(seconds * 1000),

    async minutes(count) {
      for (let passed = 0; passed < count; passed++) await minute();
      return state;
    },

    async until(wanted, most) {
      for (let passed = 1; passed <= most; passed++) {
        await minute();
        if (state === wanted) return passed;
      }
      throw new Error(`After ${most} minutes ${alarmName} is ${state} and not ${wanted}.`);
    },
  };
  return hub;
}

/** As a poller renews its lease and notes that the poll was answered. */
async function pollerKeeps({ deps, account }: AlarmHub): Promise<void> {
  const now = deps.clock.now();
  await leaseStore(deps.db).renew({
    pollerId: "plr_test",
    polled: [{ accountId: account._id, leaseId: "lse_test", generation: account.generation }],
    now,
    expiresAt: plusSeconds(now, 90),
  });
}

function retryDeps({ deps }: SmallHub, broken: AlarmHub["broken"]): SweepDeps {
  const failsIf = (what: "scheduler" | "dead_letters") => {
    if (broken.has(what)) throw new Error(`${what} says no`);
  };
  return {
    ...deps,
    // A getter would be lost by the spread: the measure is the one of this hub.
    measure: deps.measure,
    queue: {
      ...createAgentQueue({ queueUrl: "http://127.0.0.1:1" }),
      async push(jobs: readonly NewJob[]) {
        deps.jobs.push(...jobs);
      },
    },
    schedules: {
      put: async () => failsIf("scheduler"),
      remove: async () => failsIf("scheduler"),
      list: async () => [],
    },
    pollStarter: { async watchLogin() {} },
    deadLetters: {
      async receive() {
        failsIf("dead_letters");
        return [];
      },
      async remove() {},
    },
  };
}
