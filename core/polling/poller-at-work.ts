import type { Account } from "#core/accounts/account.ts";
import { watchOddAnswers, type OddAnswers } from "#core/accounts/odd-answers.ts";
import { createPolicyCache } from "#core/policies/policy-cache.ts";
import { plusMs, plusSeconds } from "#core/shared/clock.ts";
import type { WithQueue } from "#core/shared/deps.ts";
import { leaseStore } from "./lease.store.ts";
import { lookAround } from "./look-around.ts";
import { isOneTooMany, placesElsewhere, someoneCloses } from "./neighbours.ts";
import { createPack, type Pack, type PackDeps } from "./pack.ts";
import type { HeldAccount, PollContext } from "./poll-account.ts";
import { createPollLengths } from "./poll-lengths.ts";
import { pollerStore } from "./poller.store.ts";
import type { Poller } from "./poller.ts";
import { createPusher, type Pusher } from "./pusher.ts";

export type PollerDeps = PackDeps & WithQueue;

/** What has to fit between the last hold's end and Lambda's own timeout. */
const wrapUpSeconds = 10;
/** While another gives its accounts back, one with places looks this much more often. */
const handOverPace = 4;
/** Looks in a row with nothing to do before a poller ends. */
const mostIdleLooks = 2;

/** One poll Lambda's work: it looks around every few seconds, and its accounts poll meanwhile. */
export class PollerAtWork {
  readonly #deps: PollerDeps;
  readonly #id: string;
  readonly #startedAt: Date;
  readonly #closesAt: Date;
  readonly #lastHoldEndsBy: Date;
  readonly #ending = new AbortController();
  readonly #pusher: Pusher;
  readonly #oddAnswers: OddAnswers;
  readonly #pack: Pack;
  #pausing = new AbortController();
  #closing = false;
  #isOneTooMany = false;
  #someoneCloses = false;
  /** Each account that goes over to another poller takes one. */
  #placesElsewhere = 0;
  #idleLooks = 0;
  #renewAt: Date;
  #announced: Poller | null = null;

  constructor(deps: PollerDeps, endsAt: Date) {
    const { polling } = deps.settings;
    const lengths = createPollLengths(polling);
    this.#deps = deps;
    this.#id = deps.newId("poller");
    this.#startedAt = deps.clock.now();
    this.#renewAt = plusSeconds(this.#startedAt, polling.POLL_RENEW_SECONDS);
    this.#lastHoldEndsBy = plusSeconds(endsAt, -wrapUpSeconds);
    const grownOldAt = plusSeconds(this.#startedAt, polling.POLL_LIFETIME_SECONDS);
    const lastPollBeginsBy = plusMs(this.#lastHoldEndsBy, -lengths.longestMs);
    this.#closesAt = grownOldAt < lastPollBeginsBy ? grownOldAt : lastPollBeginsBy;
    this.#pusher = createPusher(deps);
    this.#oddAnswers = watchOddAnswers(deps);
    this.#pack = createPack(deps, {
      pusher: this.#pusher,
      policies: createPolicyCache(deps),
      lengths,
      oddAnswers: this.#oddAnswers,
      signal: this.#ending.signal,
      mayPoll: (held, timeoutMs) => this.#mayPoll(held, timeoutMs),
      changed: () => this.#pausing.abort(),
    });
  }

  get everHeld(): number {
    return this.#pack.everHeld();
  }

  /**
   * Over when it has closed and given everything back, when there is nothing to poll and nobody who
   * is about to hand something over, or when time is up.
   */
  isDone(): boolean {
    const timeIsUp = plusSeconds(this.#lastHoldEndsBy, wrapUpSeconds / 2);
    if (this.#isOneTooMany || this.#deps.clock.now() >= timeIsUp) return true;
    if (this.#pack.size() > 0) return false;
    return this.#closing || (this.#idleLooks >= mostIdleLooks && !this.#someoneCloses);
  }

  /** Tells the others what it is, for as long as a lease lasts. */
  async announce(): Promise<void> {
    const { clock, db, settings } = this.#deps;
    this.#announced = {
      _id: this.#id,
      startedAt: this.#startedAt,
      freePlaces: this.#freePlaces(),
      accounts: this.#pack.size(),
      closing: this.#closing,
      expiresAt: plusSeconds(clock.now(), settings.polling.POLL_LEASE_SECONDS),
    };
    await pollerStore(db).put(this.#announced);
  }

  /** One round: closes when it is time, renews, hears what changed, takes what is due. */
  async look(): Promise<void> {
    try {
      await this.#round();
    } catch (error) {
      // The database may be away for a moment; polls whose lease is not renewed stop by themselves.
      this.#deps.log.error("poller.look_failed", { pollerId: this.#id }, error);
    }
    this.#idleLooks = this.#pack.size() === 0 ? this.#idleLooks + 1 : 0;
  }

  /** Waits for the next round, pushing bursts as they become complete. */
  async pause(): Promise<void> {
    const { clock, settings } = this.#deps;
    const pace = this.#someoneCloses && this.#freePlaces() > 0 ? handOverPace : 1;
    const until = clock.now().getTime() + settings.polling.POLL_TAKE_INTERVAL_MS / pace;
    for (;;) {
      this.#pausing = new AbortController();
      await this.#pusher.pushDue();
      const now = clock.now().getTime();
      if (now >= until || this.isDone()) return;
      const dueAt = this.#pusher.nextDueAt()?.getTime() ?? until;
      await clock.sleep(Math.max(1, Math.min(until, dueAt) - now), this.#pausing.signal);
    }
  }

  async wrapUp(): Promise<void> {
    this.#ending.abort();
    await this.#pack.ended();
    this.#oddAnswers.tell();
    await this.#pusher.pushAll();
    await pollerStore(this.#deps.db).remove(this.#id);
  }

  async #round(): Promise<void> {
    const { clock, settings } = this.#deps;
    const now = clock.now();
    this.#closing ||= now >= this.#closesAt;
    if (now >= this.#renewAt) await this.#renew(now);
    const places = this.#freePlaces();
    const around = await lookAround(this.#deps, { pollerId: this.#id, now, places });
    if (around === null) {
      await this.announce();
      return;
    }
    await this.#pack.compare(around.mine);
    this.#placesElsewhere = placesElsewhere(this.#id, around.others, around.waiting);
    this.#someoneCloses = someoneCloses(around.others);
    const self = {
      pollerId: this.#id,
      packSize: settings.polling.POLL_PACK_SIZE,
      accounts: this.#pack.size(),
      closing: this.#closing,
    };
    this.#isOneTooMany = isOneTooMany(self, around.others, around.waiting);
    if (!this.#isOneTooMany) await this.#take(now, around.due);
    if (this.#isOutdated()) await this.announce();
  }

  async #renew(now: Date): Promise<void> {
    const { db, settings } = this.#deps;
    const { POLL_LEASE_SECONDS, POLL_RENEW_SECONDS } = settings.polling;
    await leaseStore(db).renew({
      pollerId: this.#id,
      polled: this.#pack.takePolled(),
      now,
      expiresAt: plusSeconds(now, POLL_LEASE_SECONDS),
    });
    await this.announce();
    this.#renewAt = plusSeconds(now, POLL_RENEW_SECONDS);
  }

  async #take(now: Date, due: readonly Account[]): Promise<void> {
    const { db, newId, settings } = this.#deps;
    const taken = await leaseStore(db).take({
      due: due.filter((account) => !this.#pack.polls(account)),
      pollerId: this.#id,
      leaseId: newId("lease"),
      now,
      expiresAt: plusSeconds(now, settings.polling.POLL_LEASE_SECONDS),
    });
    for (const account of taken) this.#pack.begin(account);
  }

  /** No hold is cut for a hand-over, and none is begun that cannot end in time. */
  #mayPoll({ leaseUntil }: HeldAccount, timeoutMs: number): ReturnType<PollContext["mayPoll"]> {
    const { clock, settings } = this.#deps;
    const returnsBy = plusMs(clock.now(), timeoutMs);
    if (this.#ending.signal.aborted || returnsBy > this.#lastHoldEndsBy) return "no";
    if (this.#closing && this.#placesElsewhere > 0) {
      this.#placesElsewhere -= 1;
      return "no";
    }
    // The margin is for clocks that differ: the next holder goes by its own.
    const { POLL_HOLD_MARGIN_MS } = settings.polling;
    return plusMs(returnsBy, POLL_HOLD_MARGIN_MS) > leaseUntil ? "later" : "yes";
  }

  #freePlaces(): number {
    const { POLL_PACK_SIZE } = this.#deps.settings.polling;
    return this.#closing ? 0 : Math.max(0, POLL_PACK_SIZE - this.#pack.size());
  }

  /** Others count on these figures: a place that is shown and not there would leave an account out. */
  #isOutdated(): boolean {
    const shown = this.#announced;
    return shown?.closing !== this.#closing || shown.accounts !== this.#pack.size();
  }
}
