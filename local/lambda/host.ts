import { randomUUID } from "node:crypto";
import type { Meter } from "#local/meter/meter.ts";
import { FunctionNotFoundError } from "./errors.ts";
import { EventQueue } from "./event-queue.ts";
import { type FunctionDefinition, functionNameOf } from "./function-definition.ts";
import { FunctionPool, type InvocationResult, type RunningInvocation } from "./function-pool.ts";
import { serveFunctionUrl, type FunctionUrlOptions } from "./function-url.ts";
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
  createFunctionUrl: (
    name: string,
    options?: Partial<Pick<FunctionUrlOptions, "port" | "before">>,
  ) => Promise<{ url: string }>;
  running: (name: string) => RunningInvocation[];
  /** Asynchronous events not yet done. */
  waitingEvents: (name: string) => number;
  /** Warm instances. */
  idle: (name: string) => number;
  /** Kills running instances, all or those that match; gives how many. */
  kill: (name: string, matches?: (invocation: RunningInvocation) => boolean) => Promise<number>;
  /** Refuses what would be more than so many events at once, until another number is given. */
  throttle: (name: string, mostAtOnce: number) => void;
  setEnvironment: (name: string, patch: Readonly<Record<string, string>>) => Promise<void>;
  /** Kills everything; nothing is left running. */
  stop: () => Promise<void>;
};

type Hosted = { pool: FunctionPool; events: EventQueue };

const IDLE_MS = 10 * 60_000;
const RETRY_DELAYS_MS = [60_000, 120_000];

export async function createLambdaHost(options: LambdaHostOptions): Promise<LambdaHost> {
  const functions = new HostedFunctions(options);
  const find = (name: string) => functions.find(name);
  const invoke = async (name: string, event: unknown) =>
    find(name).pool.invoke(event, randomUUID());
  const invokeAsync = (name: string, event: unknown) => {
    const requestId = randomUUID();
    find(name).events.push(event, requestId);
    return { requestId };
  };
  const api = await serveInvokeApi({ port: options.port ?? 0, find, invoke, invokeAsync });
  const doors: HttpDoor[] = [api];

  return {
    endpoint: api.url,
    invoke,
    invokeAsync,
    register: (definition) => functions.add(definition, { AWS_ENDPOINT_URL_LAMBDA: api.url }),
    async createFunctionUrl(name, { port = 0, before } = {}) {
      find(name);
      const door = await serveFunctionUrl({ port, before, invoke: (event) => invoke(name, event) });
      doors.push(door);
      return { url: door.url };
    },
    running: (name) => find(name).pool.running(),
    waitingEvents: (name) => find(name).events.waiting,
    idle: (name) => find(name).pool.idle(),
    kill: (name, matches = () => true) => find(name).pool.kill(matches),
    throttle: (name, mostAtOnce) => find(name).pool.throttle(mostAtOnce),
    setEnvironment: (name, patch) => find(name).pool.setEnvironment(patch),
    async stop() {
      await Promise.all(doors.map((door) => door.close()));
      await functions.stop();
    },
  };
}

class HostedFunctions {
  readonly #options: LambdaHostOptions;
  readonly #functions = new Map<string, Hosted>();
  readonly #places: { readonly limit: number; used: number };

  constructor(options: LambdaHostOptions) {
    this.#options = options;
    this.#places = { limit: options.accountConcurrency ?? 1_000, used: 0 };
  }

  find(reference: string): Hosted {
    const name = functionNameOf(reference);
    const hosted = this.#functions.get(name);
    if (hosted === undefined) throw new FunctionNotFoundError(name);
    return hosted;
  }

  add(given: FunctionDefinition, defaults: Readonly<Record<string, string>>): void {
    const { meter, onLine, freeze = true, idleMs = IDLE_MS } = this.#options;
    const definition = { ...given, environment: { ...defaults, ...given.environment } };
    const { name } = definition;
    if (this.#functions.has(name)) throw new Error(`The function ${name} is registered already.`);
    const log = (stream: LogStream, line: string) => onLine({ functionName: name, stream, line });
    const places = this.#places;
    const pool = new FunctionPool({ definition, places, meter, freeze, idleMs, onLine: log });
    const retryDelaysMs = this.#options.retryDelaysMs ?? RETRY_DELAYS_MS;
    const platformLog = (line: string) => log("platform", line);
    const events = new EventQueue({ definition, pool, meter, retryDelaysMs, onLine: platformLog });
    this.#functions.set(name, { pool, events });
  }

  async stop(): Promise<void> {
    const all = [...this.#functions.values()];
    for (const { events } of all) events.stop();
    await Promise.all(all.map(({ pool }) => pool.stop()));
  }
}
