import type { SoakHub } from "./soak-hub.ts";
import type { Trouble } from "./trouble.ts";

type Poll = {
  callId: string;
  botId: string;
  endedAt: number;
  durationMs: number;
  outcome: string;
  isFaulty: boolean;
};
type Loss = "in flight" | "at hang-up" | "lost";

/** Longer than a poll's answer is on its way before it is stored, on a busy machine too. */
const inFlightMs = 8_000;
/** The log of calls and our own watch do not stop the same clock at the same time. */
const sameMs = 250;

/**
 * Watches how polls end. Under the one-way profile WeChat hands a text out once: whether it can be
 * gone through no fault of the hub's is decided by what became of the poll that took it.
 */
export class Losses {
  readonly #hub: SoakHub;
  readonly #trouble: Trouble;
  readonly #polls = new Map<string, Poll[]>();
  readonly #seen = new Set<string>();

  constructor(hub: SoakHub, trouble: Trouble) {
    this.#hub = hub;
    this.#trouble = trouble;
  }

  /** Reads the newest calls, of which WeChat's stand-in keeps only so many. */
  look(): void {
    const current = new Set<string>();
    for (const call of this.#hub.wechat.calls()) {
      const { callId, botId, endpoint, outcome, durationMs, realAt, fault, response } = call;
      if (endpoint !== "getupdates" || botId === null || outcome === null) continue;
      current.add(callId);
      if (this.#seen.has(callId)) continue;
      const isEmpty = outcome === "json" && fault === null && !response?.includes('"message_id"');
      if (isEmpty) continue;
      const endedAt = realAt + (durationMs ?? 0);
      const poll = { callId, botId, endedAt, durationMs: durationMs ?? 0, outcome };
      const ofBot = this.#polls.get(botId) ?? [];
      ofBot.push({ ...poll, isFaulty: fault !== null });
      this.#polls.set(botId, ofBot);
    }
    this.#seen.clear();
    for (const callId of current) this.#seen.add(callId);
  }

  /** Why a text that nobody stored is gone. */
  of(botId: string, messageIds: readonly string[]): Loss {
    const handed = this.#hub.wechat
      .handedOut({ botId })
      .filter(({ messageId }) => messageIds.includes(messageId))
      .flatMap(({ handedAt }) => handedAt ?? []);
    if (handed.length === 0) return "lost";
    const handedAt = Math.max(...handed);
    const isKilled = this.#trouble.pollKills.some(
      (kill) => handedAt <= kill && kill - handedAt < inFlightMs,
    );
    if (isKilled) return "in flight";
    const polls = this.#polls.get(botId) ?? [];
    const near = polls.filter(({ endedAt }) => Math.abs(endedAt - handedAt) < sameMs);
    if (near.some(({ isFaulty }) => isFaulty)) return "in flight";
    const waits = polls.flatMap(({ outcome, durationMs }) =>
      outcome === "left" ? durationMs : [],
    );
    const shortest = Math.min(...waits);
    if (near.some(({ durationMs }) => durationMs >= shortest - sameMs)) return "at hang-up";
    return "lost";
  }
}
