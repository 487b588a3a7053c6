import { metricNames } from "#core/telemetry/metrics.ts";
import { usage } from "#core/statistics/prices.ts";
import { settingSlices } from "#core/settings/settings.ts";
import { alarmDefinitions } from "#infra/alarm-definitions.ts";
import { functionFigures, type FunctionName } from "#infra/figures.ts";
import { atlasFor, prices } from "./prices.ts";

/** What one answered message cost on the metered hub, with a Hermes that answers at once. */
export type Metered = {
  at: string;
  messages: number;
  agentBilledMs: number;
  queueRequests: number;
  logBytes: number;
};

export type Load = { accounts: number; messagesPerDay: number; hermesSeconds: number };

const days = 30;
const minutes = days * 24 * 60;
const packSize = settingSlices.polling.shape.POLL_PACK_SIZE.parse(undefined);
const retrySeconds = settingSlices.retry.shape.RETRY_LIFETIME_SECONDS.parse(undefined);
/** A tick that finds its account in good hands ends at once. */
const idleTickMs = 60;

/** What the poll Lambda is billed for in so many minutes, in seconds. */
export function pollSeconds(accounts: number, forMinutes: number): number {
  const pollers = Math.ceil(accounts / packSize) * usage.pollersHandingOver;
  return pollers * forMinutes * 60 + (accounts * forMinutes * idleTickMs) / 1000;
}

/** Dollars a month by what they are paid for; the largest of it is waiting, which Lambda bills. */
export function monthOf({ accounts, messagesPerDay, hermesSeconds }: Load, metered: Metered) {
  const messages = accounts * messagesPerDay * days;
  const ticks = accounts * minutes;
  const agentSeconds = messages * (metered.agentBilledMs / 1000 + hermesSeconds);
  const compute = {
    polling: lambda("poll", pollSeconds(accounts, minutes), ticks),
    "waiting for Hermes, answering": lambda("agent", agentSeconds, messages),
    "retry Lambda": lambda("retry", minutes * retrySeconds, minutes),
  };
  const atlas = atlasFor(accounts);
  return {
    ...compute,
    [`Atlas ${atlas.tier}`]: atlas.usd,
    Scheduler: (ticks + minutes) * prices.schedulerInvocation,
    SQS: messages * metered.queueRequests * prices.fifoRequest,
    logs: ((messages * metered.logBytes) / 1e9) * prices.logGb,
    "metrics, alarms, dashboard":
      metricNames.length * prices.metricMonth +
      alarmDefinitions.length * prices.alarmMonth +
      prices.dashboardMonth,
  };
}

function lambda(name: FunctionName, seconds: number, invocations: number): number {
  const gb = functionFigures[name].memoryMb / 1024;
  return seconds * gb * prices.lambdaGbSecond + invocations * prices.lambdaRequest;
}
