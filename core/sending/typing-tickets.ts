import type { Clock } from "#core/shared/clock.ts";
import { plusMs } from "#core/shared/clock.ts";

/** Nobody documents how long a ticket holds; this is what others keep it (reference/ilink.md 1.5). */
const lifeMs = 10 * 60_000;
const mostKept = 1_000;

/** The tickets for showing "typing" that one Lambda instance holds, by conversation and login. */
export type TypingTickets = {
  /** The one that is held, else what `ask` gives; null when WeChat gives none. */
  get(key: string, ask: () => Promise<string | undefined>): Promise<string | null>;
  /** Forgets one that WeChat did not take. */
  drop(key: string): void;
};

export function createTypingTickets(clock: Pick<Clock, "now">): TypingTickets {
  const held = new Map<string, { ticket: string; until: Date }>();
  return {
    async get(key, ask) {
      const known = held.get(key);
      if (known && known.until > clock.now()) return known.ticket;
      const ticket = await ask();
      held.delete(key);
      if (ticket === undefined) return null;
      held.set(key, { ticket, until: plusMs(clock.now(), lifeMs) });
      const [oldest] = held.keys();
      if (held.size > mostKept && oldest !== undefined) held.delete(oldest);
      return ticket;
    },
    drop(key) {
      held.delete(key);
    },
  };
}
