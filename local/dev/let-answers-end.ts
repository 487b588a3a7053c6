import { setTimeout as delay } from "node:timers/promises";
import type { LambdaHost } from "../lambda/host.ts";

const PATIENCE_MS = 5_000;
const LOOK_MS = 50;

/**
 * Waits a little for answers that are being given. One that is cut off is given all the same, but
 * only when its job comes back, minutes after the next start.
 */
export async function letAnswersEnd(
  host: Pick<LambdaHost, "running">,
  say: (line: string) => void,
): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  const underWay = () => host.running("agent").length;
  if (underWay() > 0) say(`Waiting for answers that are being given: ${underWay()} …`);
  while (underWay() > 0 && performance.now() < until) await delay(LOOK_MS);
  if (underWay() > 0) say("They take too long; they are given after the next start.");
}
