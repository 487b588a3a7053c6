import type { Meter } from "#local/meter/meter.ts";
import { ThrottledError } from "./errors.ts";
import { type FunctionDefinition, functionArn } from "./function-definition.ts";
import { Instance, type InstanceEnd, type LogStream } from "./instance.ts";
import type { FunctionError } from "./instance-messages.ts";

export type RunningInvocation = {
  readonly requestId: string;
  readonly event: unknown;
  readonly pid: number;
  readonly startedAt: Date;
};

export type InvocationResult = {
  requestId: string;
  durationMs: number;
  coldStart: boolean;
} & ({ payload: unknown; functionError?: undefined } | { functionError: FunctionError });

export type AccountPlaces = { readonly limit: number; used: number };

export type PoolOptions = {
  definition: FunctionDefinition;
  places: AccountPlaces;
  meter: Meter;
  freeze: boolean;
  /** After this long without work a warm instance ends. */
  idleMs: number;
  onLine: (stream: LogStream, line: string) => void;
};

type Warm = { instance: Instance; reaper: NodeJS.Timeout };
type Busy = { instance: Instance; invocation: RunningInvocation; definition: FunctionDefinition };

/** Lambda's limit for a synchronous answer. */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

/** All instances of one function: cold starts, warm reuse, limits and what they cost. */
export class FunctionPool {
  readonly #options: PoolOptions;
  readonly #warm: Warm[] = [];
  readonly #busy = new Set<Busy>();
  #definition: FunctionDefinition;
  #nextEnd = Promise.withResolvers<void>();
  #throttledTo = Infinity;
  #stopped = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#definition = options.definition;
  }

  /** Runs the event now. Throws ThrottledError when no place is free. */
  async invoke(event: unknown, requestId: string): Promise<InvocationResult> {
    const eventJson = JSON.stringify(event ?? null);
    this.#takePlace();
    const reused = this.#takeWarm();
    const startedAt = performance.now();
    const instance = reused ?? this.#start();
    const invocation = { requestId, event, pid: instance.pid, startedAt: new Date() };
    const busy: Busy = { instance, invocation, definition: this.#definition };
    this.#busy.add(busy);
    const initEnd = reused === undefined ? await instance.initialised : undefined;
    const runAt = performance.now();
    const end = limitSize(initEnd ?? (await runEvent(busy, eventJson)));
    const times = { initMs: reused ? 0 : runAt - startedAt, durationMs: performance.now() - runAt };
    const coldStart = reused === undefined;
    this.#record(busy, end, { ...times, coldStart });
    await this.#release(busy);
    const facts = { requestId, coldStart, durationMs: times.durationMs };
    if (end.outcome !== "success") return { ...facts, functionError: end.error };
    return { ...facts, payload: JSON.parse(end.payload) };
  }

  /** The next end of any invocation: a place may be free then. */
  nextEnd(): Promise<void> {
    return this.#nextEnd.promise;
  }

  running(): RunningInvocation[] {
    return [...this.#busy].map((busy) => busy.invocation);
  }

  idle(): number {
    return this.#warm.length;
  }

  /** Kills running instances that match; gives how many, once they are gone. */
  async kill(matches: (invocation: RunningInvocation) => boolean): Promise<number> {
    const chosen = [...this.#busy].filter((busy) => matches(busy.invocation));
    await Promise.all(chosen.map((busy) => busy.instance.kill()));
    return chosen.length;
  }

  /** Idle instances end now, busy ones after their event; new ones see the change. */
  async setEnvironment(patch: Readonly<Record<string, string>>): Promise<void> {
    const environment = { ...this.#definition.environment, ...patch };
    this.#definition = { ...this.#definition, environment };
    await this.#killWarm();
  }

  /** At most so many events at once from now on, beside what the definition says; Infinity ends it. */
  throttle(mostAtOnce: number): void {
    this.#throttledTo = mostAtOnce;
    this.#nextEnd.resolve();
    this.#nextEnd = Promise.withResolvers();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([this.#killWarm(), this.kill(() => true)]);
  }

  #takePlace(): void {
    const { name, maximumConcurrency = Infinity } = this.#definition;
    const { places, meter } = this.#options;
    if (this.#stopped) throw new Error(`${name} cannot run: its host has been stopped.`);
    const isFull = this.#busy.size >= Math.min(maximumConcurrency, this.#throttledTo);
    if (isFull || places.used >= places.limit) {
      meter.throttle(name);
      throw new ThrottledError(name, isFull ? "function" : "account");
    }
    places.used++;
  }

  /** The instance used last, as Lambda does: the others may then end for want of work. */
  #takeWarm(): Instance | undefined {
    for (let entry = this.#warm.pop(); entry !== undefined; entry = this.#warm.pop()) {
      clearTimeout(entry.reaper);
      if (entry.instance.isUsable) return entry.instance;
    }
    return undefined;
  }

  #start(): Instance {
    const { freeze, onLine } = this.#options;
    return new Instance({ definition: this.#definition, freeze, onLine });
  }

  async #release(busy: Busy): Promise<void> {
    this.#busy.delete(busy);
    this.#options.places.used--;
    const { instance } = busy;
    const isOutdated = busy.definition !== this.#definition || this.#stopped;
    if (isOutdated || !instance.isUsable) await instance.kill();
    else {
      instance.freeze();
      const reaper = setTimeout(() => void this.#reap(instance), this.#options.idleMs).unref();
      this.#warm.push({ instance, reaper });
    }
    this.#nextEnd.resolve();
    this.#nextEnd = Promise.withResolvers();
  }

  async #reap(instance: Instance): Promise<void> {
    const index = this.#warm.findIndex((entry) => entry.instance === instance);
    if (index !== -1) this.#warm.splice(index, 1);
    await instance.kill();
  }

  async #killWarm(): Promise<void> {
    const ending = this.#warm.splice(0);
    for (const { reaper } of ending) clearTimeout(reaper);
    await Promise.all(ending.map(({ instance }) => instance.kill()));
  }

  #record(
    { definition }: Busy,
    { outcome, memoryUsedMb }: InstanceEnd,
    times: { coldStart: boolean; initMs: number; durationMs: number },
  ): void {
    const { name, memoryMb } = definition;
    this.#options.meter.invocation({
      functionName: name,
      memoryMb,
      outcome,
      memoryUsedMb,
      ...times,
    });
  }
}

function runEvent({ instance, invocation, definition }: Busy, event: string): Promise<InstanceEnd> {
  return instance.run({
    requestId: invocation.requestId,
    event,
    deadlineMs: Date.now() + definition.timeoutSeconds * 1000,
    invokedFunctionArn: functionArn(definition.name),
  });
}

function limitSize(end: InstanceEnd): InstanceEnd {
  if (end.outcome !== "success") return end;
  const bytes = Buffer.byteLength(end.payload);
  if (bytes <= MAX_PAYLOAD_BYTES) return end;
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${MAX_PAYLOAD_BYTES} bytes).`;
  const error = { errorType: "Function.ResponseSizeTooLarge", errorMessage };
  return { outcome: "error", error, memoryUsedMb: end.memoryUsedMb };
}
