import type { Settings } from "#core/settings/settings.ts";

/** How long the next poll of a host may take; learned from how earlier ones ended. */
export type PollLengths = ReturnType<typeof createPollLengths>;

type Host = {
  /** The longest poll the host lets stand, once it is known to cut them. */
  shortenedMs: number | null;
  cutsInARow: number;
  /** How long the last poll that was cut had stood. */
  lastCutMs: number;
};

/** Of what was cut, the next poll takes this share: 12 s where a gateway gives up after 16 s. */
const shareOfCut = 0.75;
/** One cut may be chance; after two the host is taken to cut every poll. */
const cutsUntilBelieved = 2;
/** Polls of 5 to 10 s go through where longer ones are cut (reference/ilink.md 1.7). */
const shortestShareOfHold = 1 / 7;

/**
 * Remembers per host how long a poll may take. A gateway that answers 524, or a connection that
 * falls silent, cuts polls short of WeChat's own hold: then the host's polls are made shorter, for
 * all its accounts, as long as this memory lives (reference/ilink.md 1.7, 524).
 */
export function createPollLengths(settings: Settings["polling"]) {
  const { POLL_HOLD_SECONDS, POLL_HOLD_MARGIN_MS } = settings;
  const shortestMs = POLL_HOLD_SECONDS * 1000 * shortestShareOfHold;
  const hosts = new Map<string, Host>();

  function hostOf(name: string): Host {
    const host = hosts.get(name) ?? { shortenedMs: null, cutsInARow: 0, lastCutMs: 0 };
    hosts.set(name, host);
    return host;
  }

  return {
    /** The longest any poll may take, whatever hold WeChat announces: leases must outlast it. */
    longestMs: longestPollMs(settings),

    /**
     * How long to wait for the answer of the next poll, a little longer than WeChat holds it, so as
     * not to hang up on a message. `announcedMs` is the hold that WeChat named last, if it did.
     */
    timeoutMs(name: string, announcedMs: number | undefined): number {
      const holdMs = announcedMs ?? POLL_HOLD_SECONDS * 1000;
      const { shortenedMs } = hostOf(name);
      return Math.min(
        Math.max(holdMs, shortestMs) + POLL_HOLD_MARGIN_MS,
        longestPollMs(settings),
        shortenedMs ?? Infinity,
      );
    },

    /** An answer came after so long. */
    answered(name: string, elapsedMs: number): void {
      const host = hostOf(name);
      if (elapsedMs >= host.lastCutMs) host.cutsInARow = 0;
    },

    /** A poll ended without an answer after so long: by a gateway, or because we waited no longer. */
    cut(name: string, by: "524" | "timeout", elapsedMs: number): void {
      const host = hostOf(name);
      // Where polls were made shorter, waiting no longer is how each of them ends.
      if (elapsedMs < shortestMs || (by === "timeout" && host.shortenedMs !== null)) return;
      host.cutsInARow += 1;
      host.lastCutMs = elapsedMs;
      if (host.cutsInARow < cutsUntilBelieved) return;
      host.shortenedMs = Math.max(shortestMs, Math.round(elapsedMs * shareOfCut));
      host.cutsInARow = 0;
    },
  };
}

/** A lease that was just renewed must outlast the wait for the next renewal and then a whole poll. */
function longestPollMs(settings: Settings["polling"]): number {
  const { POLL_LEASE_SECONDS, POLL_RENEW_SECONDS, POLL_HOLD_MARGIN_MS } = settings;
  return (POLL_LEASE_SECONDS - POLL_RENEW_SECONDS) * 1000 - 2 * POLL_HOLD_MARGIN_MS;
}
