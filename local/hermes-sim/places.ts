/**
 * What counts against the cap of turns: those that run, orphans included, and requests let in that
 * have not started one yet. A request that joins running work counts until it is answered.
 */
export class Places {
  readonly #pending = new Set<string>();
  readonly #running: () => number;

  constructor(running: () => number) {
    this.#running = running;
  }

  admit(callId: string): void {
    this.#pending.add(callId);
  }

  /** The request became a turn, which counts by itself from now on. */
  handOver(callId: string): void {
    this.#pending.delete(callId);
  }

  /** Places taken by all but this request. */
  takenByOthers(callId: string): number {
    return this.#running() + this.#pending.size - (this.#pending.has(callId) ? 1 : 0);
  }

  clear(): void {
    this.#pending.clear();
  }
}
