import { randomUUID } from "node:crypto";
import type { Meter } from "#local/meter/meter.ts";
import { FunctionNotFoundError } from "./errors.ts";
import { createEventQueue, type EventQueue } from "./event-queue.ts";
import { type FunctionDefinition, functionNameOf } from "./function-definition.ts";
import {
  createFunctionPool,
  type FunctionPool,
  type InvocationResult,
  type RunningInvocation,
} from "./function-pool.ts";
import { serveFunctionUrl } from "./function-url.ts";
import type { HttpDoor } from "./http.ts";
import type { LogStream } from "./instance.ts";
import { serveInvokeApi } from "./invoke-api.ts";

export type FunctionLogLine = { functionName: string; stream: LogStream; line: string };

export type LambdaHostOptions = {
  meter: Meter;
  /** Every line a function writes, and what the platform says about it ("platform"). */
  onLine: (line: FunctionLogLine) => void;
  /** The port of the invoke API; 0, the default, takes a free one. */
  port?: number;
  /** Stops idle instances, so that what a handler left running does not go on. Default true. */
  freeze?: boolean;
  /** How long a warm instance waits for work. Default 10 minutes. */
  idleMs?: number;
  /** Instances of all functions together. Default 1,000; a new AWS account has 10. */
  accountConcurrency?: number;
  /** Before the second and third attempt of an asynchronous event. Default 1 and 2 minutes. */
  retryDelaysMs?: readonly number[];
};

/** Runs functions as Lambda does, each instance in a process of its own (reference/aws.md 3). */
export type LambdaHost = {
  /** Where `@aws-sdk/client-lambda` finds the functions. Functions get it as their endpoint. */
  readonly endpoint: string;
  register: (definition: FunctionDefinition) => void;
  /** Runs the function and waits. Throws ThrottledError, FunctionNotFoundError. */
  invoke: (name: string, event: unknown) => Promise<InvocationResult>;
  /** Accepts an asynchronous event, to run at once or when there is a place. */
  invokeAsync: (name: string, event: unknown) => { requestId: string };
  createFunctionUrl: (name: string, options?: { port?: number }) => Promise<{ url: string }>;
  running: (name: string) => RunningInvocation[];
  /** Asynchronous events not yet done. */
  waitingEvents: (name: string) => number;
  /** Warm instances. */
  idle: (name: string) => number;
  /** Kills running instances, all or those that match; gives how many. */
  kill: (name: string, matches?: (invocation: RunningInvocation) => boolean) => Promise<number>;
  setEnvironment: (name: string, patch: Readonly<Record<string, string>>) => Promise<void>;
  /** Kills everything; nothing is left running. */
  stop: () => Promise<void>;
};

type HostedFunction = { pool: FunctionPool; events: EventQueue };

const IDLE_MS = 10 * 60_000;
const RETRY_DELAYS_MS = [60_000, 120_000];

export async function createLambdaHost(options: LambdaHostOptions): Promise<LambdaHost> {
  const functions = new Map<string, HostedFunction>();
  const doors: HttpDoor[] = [];
  const places = { limit: options.accountConcurrency ?? 1_000, used: 0 };

  const find = (reference: string): HostedFunction => {
    const name = functionNameOf(reference);
    const hosted = functions.get(name);
    if (hosted === undefined) throw new FunctionNotFoundError(name);
    return hosted;
  };
  const invoke = async (name: string, event: unknown) =>
    find(name).pool.invoke(event, randomUUID());
  const invokeAsync = (name: string, event: unknown) => {
    const requestId = randomUUID();
    find(name).events.push(event, requestId);
    return { requestId };
  };

  const api = await serveInvokeApi({
    invoke,
    invokeAsync,
    has: (name) => functions.has(functionNameOf(name)),
    port: options.port ?? 0,
  });
  doors.push(api);

  return {
    endpoint: api.url,
    invoke,
    invokeAsync,
    register(definition) {
      if (functions.has(definition.name)) {
        throw new Error(`The function ${definition.name} is registered already.`);
      }
      functions.set(definition.name, hostFunction(definition, options, places, api.url));
    },
    async createFunctionUrl(name, { port = 0 } = {}) {
      find(name);
      const door = await serveFunctionUrl({ port, invoke: (event) => invoke(name, event) });
      doors.push(door);
      return { url: door.url };
    },
    running: (name) => find(name).pool.running(),
    waitingEvents: (name) => find(name).events.waiting(),
    idle: (name) => find(name).pool.idle(),
    kill: (name, matches = () => true) => find(name).pool.kill(matches),
    setEnvironment: (name, patch) => find(name).pool.setEnvironment(patch),
    async stop() {
      await Promise.all(doors.map((door) => door.close()));
      for (const { events } of functions.values()) events.stop();
      await Promise.all([...functions.values()].map(({ pool }) => pool.stop()));
    },
  };
}

function hostFunction(
  definition: FunctionDefinition,
  options: LambdaHostOptions,
  places: { limit: number; used: number },
  endpoint: string,
): HostedFunction {
  const { meter, onLine, freeze = true, idleMs = IDLE_MS } = options;
  const log = (stream: LogStream, line: string) =>
    onLine({ functionName: definition.name, stream, line });
  const environment = { AWS_ENDPOINT_URL_LAMBDA: endpoint, ...definition.environment };
  const pool = createFunctionPool({
    definition: { ...definition, environment },
    places,
    meter,
    freeze,
    idleMs,
    onLine: log,
  });
  const events = createEventQueue({
    definition,
    pool,
    meter,
    retryDelaysMs: options.retryDelaysMs ?? RETRY_DELAYS_MS,
    onLine: (line) => log("platform", line),
  });
  return { pool, events };
}
