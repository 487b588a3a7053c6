import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import { type Clock } from "#core/shared/clock.ts";

/** Where a process dies: at one call site, before the call has left or after it took effect. */
export type Death = { site: string; when: "before" | "after" };

const alive = new AsyncLocalStorage<Life>();
const rootFolder = new URL("../../", import.meta.url).pathname;
const never = new Promise<never>(() => {});

/**
 * One invocation of a function. Each of its outbound calls passes here with the place in the code
 * that makes it. Once dead it is heard of no more: no call of it leaves, no timer of it fires, so
 * that nothing which would run in a real process after a kill (a catch, a finally) has an effect.
 */
export class Life {
  readonly #death: Death | null;
  readonly #seen: Set<string>;
  readonly #died = Promise.withResolvers<"died">();
  #isDead = false;

  /** `seen` collects the call sites; `death` is null for a life without accident. */
  constructor(seen: Set<string>, death: Death | null) {
    this.#seen = seen;
    this.#death = death;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Runs an invocation to its end or its death. */
  async run(work: () => Promise<unknown>): Promise<"ended" | "died" | "failed"> {
    const working = alive.run(this, work).then(
      () => "ended" as const,
      () => "failed" as const,
    );
    return Promise.race([working, this.#died.promise]);
  }

  /** One outbound call; it never resolves when this life ends at it. */
  async call<T>(kind: string, send: () => Promise<T>): Promise<T> {
    const when = this.arrive(kind);
    if (when === "before") return never;
    const answer = await send();
    if (when === "after") this.die();
    return this.#isDead ? never : answer;
  }

  /** Whether this life ends at the call that is about to be made here; a dead one's never leaves. */
  arrive(kind: string): "before" | "after" | null {
    if (this.#isDead) return "before";
    const site = siteOf(kind);
    this.#seen.add(site);
    if (this.#death?.site !== site) return null;
    if (this.#death.when === "before") this.die();
    return this.#death.when;
  }

  die(): void {
    this.#isDead = true;
    this.#died.resolve("died");
  }

  /** This life's view of a clock: the dead do not wake. */
  clock<C extends Clock>(clock: C): C {
    return {
      ...clock,
      sleep: async (ms: number, signal?: AbortSignal) => {
        await clock.sleep(ms, signal);
        if (this.#isDead) await never;
      },
    };
  }
}

type UndiciRequest = { path: string; method: string };
const endsWithAnswer = new WeakMap<UndiciRequest, Life>();

/** Has the lives' HTTP requests pass through them too; once per process. */
export function watchHttp(): void {
  subscribe("undici:request:create", (message) => {
    const life = alive.getStore();
    if (life === undefined || !hasRequest(message)) return;
    const { request } = message;
    const when = life.arrive(`${request.method} ${pathName(request.path)}`);
    // Nobody answers there: for a request that the dead would have sent.
    if (when === "before") request.path = "/nowhere";
    if (when === "after") endsWithAnswer.set(request, life);
  });
  for (const channel of ["undici:request:headers", "undici:request:error"]) {
    subscribe(channel, (message) => {
      if (hasRequest(message)) endsWithAnswer.get(message.request)?.die();
    });
  }
}

function hasRequest(message: unknown): message is { request: UndiciRequest } {
  return typeof message === "object" && message !== null && "request" in message;
}

/** Without what differs from call to call: ids and queries. */
function pathName(path: string): string {
  return (path.split("?")[0] ?? path).replaceAll(/\/[\w-]*\d[\w-]{8,}/g, "/:id");
}

/** The two innermost places of the hub's own code, in files of their own, that lead to this call. */
function siteOf(kind: string): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 60;
  const stack = new Error("site").stack ?? "";
  Error.stackTraceLimit = limit;
  const places: string[] = [];
  for (const [, file = "", line = ""] of stack.matchAll(
    /((?:core|functions)\/[\w./-]+\.ts):(\d+)/g,
  )) {
    const isNew = places.every((place) => !place.startsWith(`${file}:`));
    if (isNew) places.push(`${file}:${line}`);
    if (places.length === 2) break;
  }
  return `${kind} @ ${places.join(" < ") || rootFolder}`;
}
