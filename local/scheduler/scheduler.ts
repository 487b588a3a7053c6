import { randomUUID } from "node:crypto";
import { functionNameOf } from "#local/lambda/function-definition.ts";
import type { LambdaHost } from "#local/lambda/host.ts";
import type { Meter } from "#local/meter/meter.ts";
import { Clockwork, type FiringProfile, type Tick } from "./clockwork.ts";
import { renderInput } from "./input.ts";
import { seededRandom } from "./random.ts";
import { type Schedule, scheduleArn } from "./schedule.ts";
import { DEFAULT_GROUP, ScheduleStore } from "./schedule-store.ts";
import { serveSchedulerApi } from "./scheduler-api.ts";

export type SchedulerEvent = {
  type: "fired" | "missed" | "failed";
  groupName: string;
  name: string;
  scheduledAt: Date;
  reason?: string;
};

export type SchedulerOptions = {
  host: Pick<LambdaHost, "invokeAsync">;
  meter?: Meter;
  /** 0, the default, takes a free one. */
  port?: number;
  /** How long a minute lasts; tests shorten it. */
  minuteMs?: number;
  profile?: FiringProfile;
  /** Makes what the profile does repeatable. */
  seed?: number;
  /** Keeps the schedules between starts. */
  dataFile?: string;
  onEvent?: (event: SchedulerEvent) => void;
  now?: () => number;
};

/** EventBridge Scheduler with Lambda targets (reference/aws.md 1). */
export type Scheduler = {
  /** The endpoint for `@aws-sdk/client-scheduler`. */
  readonly endpoint: string;
  schedules: () => Schedule[];
  /** Fires a schedule now, beside its own times. Throws when it does not exist. */
  fire: (name: string, groupName?: string) => void;
  stop: () => Promise<void>;
};

const MINUTE_MS = 60_000;

export async function startScheduler(options: SchedulerOptions): Promise<Scheduler> {
  const { meter, port = 0, seed = 1, now = Date.now } = options;
  const onTick = (tick: Tick) => fire(options, tick);
  const clockwork = new Clockwork({
    minuteMs: options.minuteMs ?? MINUTE_MS,
    now,
    random: seededRandom(seed),
    profile: options.profile ?? {},
    onTick,
    onMiss: (tick) => options.onEvent?.({ type: "missed", ...factsOf(tick) }),
  });
  const store = new ScheduleStore({
    dataFile: options.dataFile,
    now,
    onChange: (schedule, change) =>
      change === "deleted" ? clockwork.remove(schedule) : clockwork.set(schedule),
  });
  for (const schedule of store.all()) clockwork.set(schedule);
  const api = await serveSchedulerApi({
    port,
    store,
    onRequest: (action) => meter?.schedulerRequest(action),
  });

  return {
    endpoint: api.url,
    schedules: () => store.all(),
    fire: (name, groupName = DEFAULT_GROUP) =>
      onTick({ schedule: store.get({ groupName, name }), scheduledAt: new Date(now()) }),
    async stop() {
      clockwork.stop();
      await api.close();
    },
  };
}

function fire({ host, meter, onEvent }: SchedulerOptions, tick: Tick): void {
  meter?.schedulerInvocation();
  try {
    host.invokeAsync(functionNameOf(tick.schedule.settings.Target.Arn), eventOf(tick));
    onEvent?.({ type: "fired", ...factsOf(tick) });
  } catch (error) {
    // A target that is not there stays away: the retry policy would only repeat this.
    onEvent?.({ type: "failed", ...factsOf(tick), reason: String(error) });
  }
}

function factsOf({
  schedule: { groupName, name },
  scheduledAt,
}: Tick): Omit<SchedulerEvent, "type"> {
  return { groupName, name, scheduledAt };
}

/** The target's input, or what Scheduler sends when none is given. */
function eventOf({ schedule, scheduledAt }: Tick): unknown {
  const executionId = randomUUID();
  const arn = scheduleArn(schedule);
  const { Input } = schedule.settings.Target;
  if (Input !== undefined) {
    return JSON.parse(
      renderInput(Input, { scheduleArn: arn, scheduledAt, executionId, attempt: 1 }),
    );
  }
  return {
    version: "0",
    id: executionId,
    "detail-type": "Scheduled Event",
    source: "aws.scheduler",
    account: "000000000000",
    time: scheduledAt.toISOString(),
    region: "us-east-1",
    resources: [arn],
    detail: "{}",
  };
}
