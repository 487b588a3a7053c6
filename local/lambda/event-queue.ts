import { setTimeout as delay } from "node:timers/promises";
import type { Meter } from "#local/meter/meter.ts";
import { ThrottledError } from "./errors.ts";
import type { FunctionDefinition } from "./function-definition.ts";
import type { FunctionPool, InvocationResult } from "./function-pool.ts";

export type EventQueueOptions = {
  definition: FunctionDefinition;
  pool: FunctionPool;
  meter: Meter;
  /** Before the second, third … attempt; Lambda waits one minute, then two. */
  retryDelaysMs: readonly number[];
  onLine: (line: string) => void;
};

/** Lambda's own queue before a function: asynchronous events, their age and their retries. */
export type EventQueue = {
  push: (event: unknown, requestId: string) => void;
  /** Events accepted and neither done nor dropped. */
  waiting: () => number;
  stop: () => void;
};

export function createEventQueue(options: EventQueueOptions): EventQueue {
  const { definition, pool, meter, retryDelaysMs, onLine } = options;
  const stopping = new AbortController();
  let waiting = 0;

  /** Undefined when the event got too old before there was a place for it. */
  const invokeInTime = async (
    event: unknown,
    requestId: string,
    dropAt: number,
  ): Promise<InvocationResult | undefined> => {
    while (Date.now() < dropAt && !stopping.signal.aborted) {
      try {
        return await pool.invoke(event, requestId);
      } catch (error) {
        if (!(error instanceof ThrottledError)) throw error;
        // The account's places are freed by other functions too, hence the second's limit.
        await Promise.race([pool.nextEnd(), pause(Math.min(1_000, dropAt - Date.now()))]);
      }
    }
    return undefined;
  };

  const pause = (ms: number) =>
    delay(Math.max(0, ms), undefined, { signal: stopping.signal, ref: false }).catch(ignoreAbort);

  const deliver = async (event: unknown, requestId: string) => {
    const dropAt = Date.now() + definition.maxEventAgeSeconds * 1000;
    for (let attempt = 0; !stopping.signal.aborted; attempt++) {
      const result = await invokeInTime(event, requestId, dropAt);
      if (result !== undefined && result.functionError === undefined) return;
      if (result === undefined || attempt >= definition.retryAttempts) break;
      await pause(retryDelaysMs[Math.min(attempt, retryDelaysMs.length - 1)] ?? 0);
    }
    if (stopping.signal.aborted) return;
    meter.droppedEvent(definition.name);
    onLine(`The event of request ${requestId} is dropped: too old, or out of retries.`);
  };

  return {
    push(event, requestId) {
      waiting++;
      void deliver(event, requestId).finally(() => waiting--);
    },
    waiting: () => waiting,
    stop: () => stopping.abort(),
  };
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === "AbortError")) throw error;
}
