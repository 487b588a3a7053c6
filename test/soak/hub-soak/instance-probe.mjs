/**
 * Put around a function's handler: after an event, every few seconds at the most, it says how much
 * memory is really in use and what is open. Plain JavaScript, as local/lambda/runtime.mjs is, since
 * stripping types would cost the instance memory.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");
const everyMs = 5_000;
let toldAt = performance.now();

export function probe(handler) {
  return async (...given) => {
    try {
      return await handler(...given);
    } finally {
      if (performance.now() - toldAt >= everyMs) tell();
    }
  };
}

function tell() {
  toldAt = performance.now();
  collectGarbage();
  const { rss, heapUsed } = process.memoryUsage();
  const handles = process.getActiveResourcesInfo().length;
  const soakLevel = { pid: process.pid, rss, heapUsed, handles };
  process.stdout.write(`${JSON.stringify({ soakLevel })}\n`);
}
