import type { Meter } from "#local/meter/meter.ts";
import { ThrottledError } from "./errors.ts";
import { type FunctionDefinition, functionArn } from "./function-definition.ts";
import { type Instance, type InstanceEnd, type LogStream, startInstance } from "./instance.ts";
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

/** All instances of one function: cold starts, warm reuse, limits and what they cost. */
export type FunctionPool = {
  /** Runs the event now. Throws ThrottledError when no place is free. */
  invoke: (event: unknown, requestId: string) => Promise<InvocationResult>;
  /** The next end of any invocation: a place may be free then. */
  nextEnd: () => Promise<void>;
  running: () => RunningInvocation[];
  idle: () => number;
  kill: (matches: (invocation: RunningInvocation) => boolean) => Promise<number>;
  /** Idle instances end now, busy ones after their event; new ones see the change. */
  setEnvironment: (patch: Readonly<Record<string, string>>) => Promise<void>;
  stop: () => Promise<void>;
};

type Warm = { instance: Instance; reaper: NodeJS.Timeout };
type Busy = { instance: Instance; invocation: RunningInvocation; definition: FunctionDefinition };

/** Lambda's limit for a synchronous answer. */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

export function createFunctionPool(options: PoolOptions): FunctionPool {
  const { places, meter, idleMs, onLine, freeze } = options;
  let { definition } = options;
  const warm: Warm[] = [];
  const busy = new Set<Busy>();
  let waiters: (() => void)[] = [];

  const takePlace = () => {
    const own = definition.maximumConcurrency ?? Infinity;
    const limitedBy = busy.size >= own ? "function" : "account";
    if (busy.size >= own || places.used >= places.limit) {
      meter.throttle(definition.name);
      throw new ThrottledError(definition.name, limitedBy);
    }
    places.used++;
  };

  const takeWarm = (): Instance | undefined => {
    for (let entry = warm.pop(); entry !== undefined; entry = warm.pop()) {
      clearTimeout(entry.reaper);
      if (entry.instance.isUsable()) return entry.instance;
    }
    return undefined;
  };

  const release = async (entry: Busy) => {
    busy.delete(entry);
    places.used--;
    const { instance } = entry;
    if (entry.definition !== definition || !instance.isUsable()) await instance.kill();
    else {
      instance.freeze();
      warm.push({ instance, reaper: setTimeout(() => void reap(instance), idleMs).unref() });
    }
    const woken = waiters;
    waiters = [];
    for (const wake of woken) wake();
  };

  const reap = (instance: Instance) => {
    const index = warm.findIndex((entry) => entry.instance === instance);
    for (const entry of index === -1 ? [] : warm.splice(index, 1)) clearTimeout(entry.reaper);
    return instance.kill();
  };

  const killWarm = async () => {
    await Promise.all(warm.map((entry) => entry.instance).map(reap));
  };

  return {
    async invoke(event, requestId) {
      const eventJson = JSON.stringify(event ?? null);
      takePlace();
      const reused = takeWarm();
      const startedAt = performance.now();
      const instance = reused ?? startInstance({ definition, freeze, onLine });
      const invocation = { requestId, event, pid: instance.pid, startedAt: new Date() };
      const entry: Busy = { instance, invocation, definition };
      busy.add(entry);
      const initEnd = reused === undefined ? await instance.initialised : undefined;
      const initMs = reused === undefined ? performance.now() - startedAt : 0;
      const runAt = performance.now();
      const end = limitSize(initEnd ?? (await runEvent(entry, eventJson)));
      const durationMs = performance.now() - runAt;
      meter.invocation({
        functionName: definition.name,
        memoryMb: entry.definition.memoryMb,
        outcome: end.outcome,
        coldStart: reused === undefined,
        initMs,
        durationMs,
        memoryUsedMb: end.memoryUsedMb,
      });
      await release(entry);
      const facts = { requestId, durationMs, coldStart: reused === undefined };
      if (end.outcome !== "success") return { ...facts, functionError: end.error };
      return { ...facts, payload: JSON.parse(end.payload) };
    },
    nextEnd: () => new Promise((resolve) => waiters.push(resolve)),
    running: () => [...busy].map((entry) => entry.invocation),
    idle: () => warm.length,
    async kill(matches) {
      const chosen = [...busy].filter((entry) => matches(entry.invocation));
      await Promise.all(chosen.map((entry) => entry.instance.kill()));
      return chosen.length;
    },
    async setEnvironment(patch) {
      definition = { ...definition, environment: { ...definition.environment, ...patch } };
      await killWarm();
    },
    async stop() {
      await Promise.all([killWarm(), ...[...busy].map((entry) => entry.instance.kill())]);
    },
  };
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
