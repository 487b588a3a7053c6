import withMiddleware from "@middy/core";
import type { Context } from "aws-lambda";
import type { Log } from "#core/telemetry/log.ts";
import type { Measure } from "#core/telemetry/measure.ts";

/** Left between our last statement and Lambda's kill. */
const wrapUpMs = 2_000;

/** When an invocation must be done. */
export function endOf(context: Context, now: Date): Date {
  return new Date(now.getTime() + context.getRemainingTimeInMillis() - wrapUpMs);
}

/**
 * A Lambda handler over a use case: it waits for the ground, tells what was measured, logs how the
 * invocation went, and lets what was not expected fail the invocation, since only then Lambda counts
 * it.
 */
export function handle<Event, Result>(
  ground: { log: Log; measure: Measure; ready(): Promise<void> },
  run: (event: Event, context: Context) => Promise<Result>,
) {
  return withMiddleware<Event, Result>()
    .before(() => ground.ready())
    .after(() => ground.measure.flush())
    .onError(({ error }) => {
      ground.log.error("invocation.failed", {}, error);
      ground.measure.flush();
    })
    .handler((event: Event, context: Context) => run(event, context));
}
