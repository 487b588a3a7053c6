import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { createAccountSchedules } from "#core/schedules/account-schedules.ts";
import { systemClock } from "#core/shared/clock.ts";
import { readSettings } from "#core/settings/read-settings.ts";
import type { Hub } from "../hub.ts";
import { functionArn, LOCAL_REGION } from "../lambda/function-definition.ts";
import type { Pace } from "../pace.ts";
import type { Sample } from "./fill.ts";
import { sampleAnswers, startLiveTraffic } from "./live-traffic.ts";

export type LiveSample = { stop: () => Promise<void> };

const seed = 11;
/** In scheduled minutes: about every so long somebody writes, and so long Hermes thinks at most. */
const gapMinutes = 0.35;
const slowestMinutes = 0.1;

/** Has the sample's bots polled, and their customers write and be answered, until it is stopped. */
export function goLive(hub: Hub, { live, scheduled }: Live, pace: Pace): LiveSample {
  const { wechat, hermes } = hub;
  if (!wechat || !hermes) throw new Error("The sample needs both simulators.");
  hermes.setAnswer(sampleAnswers(seed, pace.minuteMs * slowestMinutes));
  const schedules = startSchedules(hub, scheduled, pace.minuteMs);
  const traffic = startLiveTraffic(wechat, live, { gapMs: pace.minuteMs * gapMinutes, seed });
  return {
    async stop() {
      traffic.stop();
      await schedules.stop();
    },
  };
}

type Live = Pick<Sample, "live" | "scheduled">;

/**
 * Makes the bots' schedules, spread over a minute as in a hub that grew: at once, each tick of each
 * minute would start a process of its own.
 */
function startSchedules(
  hub: Hub,
  accountIds: readonly string[],
  minuteMs: number,
): { stop: () => Promise<void> } {
  const client = new SchedulerClient({
    endpoint: hub.scheduler.endpoint,
    region: LOCAL_REGION,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const { schedules: settings } = readSettings(["schedules"], {
    SCHEDULE_ROLE_ARN: "arn:aws:iam::000000000000:role/poll-schedules",
    POLL_FUNCTION_ARN: functionArn("poll"),
  });
  const schedules = createAccountSchedules(settings, client);
  const clock = systemClock();
  const stopped = new AbortController();
  const pauseMs = minuteMs / Math.max(1, accountIds.length);
  const done = (async () => {
    for (const accountId of accountIds) {
      await schedules.put(accountId);
      await clock.sleep(pauseMs, stopped.signal);
      if (stopped.signal.aborted) return;
    }
  })();
  return {
    async stop() {
      stopped.abort();
      await done;
      client.destroy();
    },
  };
}
