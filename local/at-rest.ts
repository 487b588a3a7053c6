import { eventually } from "./eventually.ts";
import type { Hub } from "./hub.ts";

/** Waits until the agent Lambdas have ended all they were given: a run is sent before its turn ends. */
export function atRest({ queue }: Pick<Hub, "queue">): Promise<true> {
  return eventually("no job waits or is worked on", async () => {
    const { ready, inFlight } = queue.depth().agent;
    return ready + inFlight === 0 ? true : null;
  });
}
