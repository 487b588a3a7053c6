import type { Db } from "mongodb";
import type { AgentQueue } from "#core/queue/agent-queue.ts";
import type { Settings, SliceName } from "#core/settings/settings.ts";
import type { Log } from "#core/telemetry/log.ts";
import type { Measure } from "#core/telemetry/measure.ts";
import type { Clock } from "./clock.ts";
import type { NewId } from "./ids.ts";

/**
 * What every use case stands on; a use case names the settings slices it reads:
 * `Deps<"polling" | "wechat">`.
 */
export type Deps<Name extends SliceName = never> = {
  db: Db;
  log: Log;
  measure: Measure;
  clock: Clock;
  newId: NewId;
  /** 0 to 1, for jitter. */
  random: () => number;
  settings: Pick<Settings, Name>;
};

/** For those who push jobs. */
export type WithQueue = { queue: AgentQueue };
