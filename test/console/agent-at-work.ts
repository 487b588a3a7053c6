import { TryLaterError } from "#core/shared/errors.ts";
import type { SmallHub } from "#test/small-hub.ts";

/** Works off what is on the queue, as agent Lambdas would; what is to wait goes back onto it. */
export async function workPushed(hub: SmallHub): Promise<void> {
  for (const job of hub.deps.jobs.splice(0)) {
    try {
      await hub.work(job);
    } catch (error) {
      if (!(error instanceof TryLaterError)) throw error;
      hub.deps.jobs.push(job);
    }
  }
}

/** Longer than an approval may be withdrawn. */
export async function letApprovedGoOut(hub: SmallHub): Promise<void> {
  hub.deps.clock.moveOn(6_000);
  await workPushed(hub);
}
