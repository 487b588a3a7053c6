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
export class EventQueue {
  readonly #options: EventQueueOptions;
  readonly #stopping = new AbortController();
  #waiting = 0;

  constructor(options: EventQueueOptions) {
    this.#options = options;
  }

  /** Events accepted and neither done nor dropped. */
  get waiting(): number {
    return this.#waiting;
  }

  push(event: unknown, requestId: string): void {
    this.#waiting++;
    void this.#deliver(event, requestId).finally(() => this.#waiting--);
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #deliver(event: unknown, requestId: string): Promise<void> {
    const { definition, meter, retryDelaysMs, onLine } = this.#options;
    const { signal } = this.#stopping;
    const dropAt = Date.now() + definition.maxEventAgeSeconds * 1000;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const result = await this.#invokeInTime(event, requestId, dropAt);
      if (result !== undefined && result.functionError === undefined) return;
      if (result === undefined || attempt >= definition.retryAttempts) break;
      await this.#pause(retryDelaysMs[Math.min(attempt, retryDelaysMs.length - 1)] ?? 0);
    }
    if (signal.aborted) return;
    meter.droppedEvent(definition.name);
    onLine(`The event of request ${requestId} is dropped: too old, or out of retries.`);
  }

  /** Undefined when the event got too old before there was a place for it. */
  async #invokeInTime(
    event: unknown,
    requestId: string,
    dropAt: number,
  ): Promise<InvocationResult | undefined> {
    const { pool } = this.#options;
    while (Date.now() < dropAt && !this.#stopping.signal.aborted) {
      try {
        return await pool.invoke(event, requestId);
      } catch (error) {
        if (!(error instanceof ThrottledError)) throw error;
        // The account's places are freed by other functions too, hence the second's limit.
        await Promise.race([pool.nextEnd(), this.#pause(Math.min(1_000, dropAt - Date.now()))]);
      }
    }
    return undefined;
  }

  #pause(ms: number): Promise<void> {
    const options = { signal: this.#stopping.signal, ref: false };
    return delay(Math.max(0, ms), undefined, options).catch(ignoreAbort);
  }
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === "AbortError")) throw error;
}
