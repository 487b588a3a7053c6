import { setTimeout as wait } from "node:timers/promises";
import { HubApiError } from "#local/hub-client.ts";
import { seeded } from "#test/fleet/seeded.ts";

/** One kind of fault: does it, waits while it lasts, and takes it back. False: nothing to strike. */
export type Fault = { kind: string; strike: () => Promise<boolean | void> | boolean | void };

/** A place where one fault comes after another; `rarity` makes the time between them longer. */
export type Lane = { faults: readonly Fault[]; rarity: number };

/** The schedule of faults and what became of it. */
export class Trouble {
  readonly random: () => number;
  /** How often each kind struck. */
  readonly struck = new Map<string, number>();
  /** What operators were told no to, and why: a lost race, or a function that was killed. */
  readonly refusals = new Map<string, number>();
  readonly failures: string[] = [];
  /** When pollers were killed, by the clock of the wall. */
  readonly pollKills: number[] = [];
  /** How often a job of this SQS message was hindered by us. */
  readonly hindered = new Map<string, number>();
  /** How much longer than usual Hermes' turns take. */
  readonly slowness = { times: 1 };
  readonly #over = new AbortController();
  readonly #gapMs: number;

  constructor({ seed, gapMs }: { seed: number; gapMs: number }) {
    this.random = seeded(seed);
    this.#gapMs = gapMs;
  }

  isOver(): boolean {
    return this.#over.signal.aborted;
  }

  end(): void {
    this.#over.abort();
  }

  pick<T>(things: readonly T[]): T | undefined {
    return things[Math.floor(this.random() * things.length)];
  }

  /** Lets time pass, between the two; less once the trouble is over. */
  async lasts(fromMs: number, toMs: number): Promise<void> {
    const ms = fromMs + (toMs - fromMs) * this.random();
    const { signal } = this.#over;
    if (signal.aborted) await wait(Math.min(ms, 500));
    else await wait(ms, undefined, { signal }).catch(() => undefined);
  }

  hinder(messageIds: readonly string[]): void {
    for (const id of messageIds) this.hindered.set(id, (this.hindered.get(id) ?? 0) + 1);
  }

  /** One kind after the other in an order of chance, until time is over and each had its turn. */
  async keepStriking({ faults, rarity }: Lane): Promise<void> {
    const gapMs = this.#gapMs * rarity;
    do {
      for (const fault of this.#shuffled(faults)) {
        if (this.isOver() && this.struck.has(fault.kind)) continue;
        await this.lasts(gapMs * 0.5, gapMs * 1.5);
        await this.#strike(fault);
      }
    } while (!this.isOver());
  }

  async #strike({ kind, strike }: Fault): Promise<void> {
    try {
      const isDone = await strike();
      if (isDone !== false) this.struck.set(kind, (this.struck.get(kind) ?? 0) + 1);
    } catch (error) {
      if (error instanceof HubApiError) {
        const key = `${kind}: ${error.code}`;
        this.refusals.set(key, (this.refusals.get(key) ?? 0) + 1);
        this.struck.set(kind, (this.struck.get(kind) ?? 0) + 1);
      } else {
        this.failures.push(`${kind}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }

  #shuffled<T>(things: readonly T[]): T[] {
    return things
      .map((thing) => ({ thing, at: this.random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ thing }) => thing);
  }
}
