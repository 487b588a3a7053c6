import { createHash } from "node:crypto";

export interface ReplayLimits {
  replaySeconds: number;
  maxEntries: number;
}

interface Stored<T> {
  fingerprint: string;
  storedAt: number;
  result: T;
}

/**
 * Chat's memory of idempotency keys (reference/hermes.md 3.1): a repeat joins the running work or
 * gets the stored result, another body under the same key runs again in silence, and what threw is
 * not kept.
 */
export class ReplayCache<T> {
  readonly #stored = new Map<string, Stored<T>>();
  readonly #running = new Map<string, Promise<T>>();
  readonly #now: () => number;
  readonly #limits: () => ReplayLimits;

  constructor(now: () => number, limits: () => ReplayLimits) {
    this.#now = now;
    this.#limits = limits;
  }

  getOrRun(key: string, fingerprint: string, run: () => Promise<T>): Promise<T> {
    this.#purge();
    const stored = this.#stored.get(key);
    if (stored?.fingerprint === fingerprint) return Promise.resolve(stored.result);
    const runningKey = `${fingerprint}:${key}`;
    const joined = this.#running.get(runningKey);
    if (joined) return joined;
    const started = this.#runAndStore(key, fingerprint, run).finally(() => {
      if (this.#running.get(runningKey) === started) this.#running.delete(runningKey);
    });
    this.#running.set(runningKey, started);
    return started;
  }

  /** What a restart of the process does. */
  forget(): void {
    this.#stored.clear();
    this.#running.clear();
  }

  async #runAndStore(key: string, fingerprint: string, run: () => Promise<T>): Promise<T> {
    const result = await run();
    this.#stored.set(key, { fingerprint, storedAt: this.#now(), result });
    this.#purge();
    return result;
  }

  #purge(): void {
    const { replaySeconds, maxEntries } = this.#limits();
    const oldest = this.#now() - replaySeconds * 1000;
    for (const [key, entry] of this.#stored) {
      const isSurplus = this.#stored.size > maxEntries;
      if (isSurplus || entry.storedAt < oldest) this.#stored.delete(key);
    }
  }
}

const FINGERPRINTED_FIELDS = [
  "model",
  "provider",
  "model_options",
  "messages",
  "tools",
  "tool_choice",
  "stream",
];

/** Sensitive to the order of nested keys, as the real one is; headers are not part of it. */
export function chatFingerprint(body: Record<string, unknown>): string {
  const fields = FINGERPRINTED_FIELDS.map((field) => [field, body[field] ?? null]);
  return createHash("sha256").update(JSON.stringify(fields)).digest("hex");
}
