import type { Call } from "./calls.ts";
import type { Changes } from "./changes.ts";
import type { VirtualClock } from "./clock.ts";
import type { WechatSimConfig } from "./config.ts";
import type { Fault } from "./faults.ts";
import type { Keeper } from "./keeper.ts";
import type { Random } from "./random.ts";
import { SimError } from "./sim-error.ts";
import type { WireObject } from "./wire.ts";

/** A person with a phone. The name is for the simulator's page only: iLink gives none away. */
export interface User {
  readonly userId: string;
  readonly name: string;
}

export type QrStatus =
  | "wait"
  | "scaned"
  | "need_verifycode"
  | "verify_code_blocked"
  | "expired"
  | "scaned_but_redirect"
  | "binded_redirect"
  | "confirmed";

/** One QR code and where its login stands. */
export interface Login {
  readonly qr: string;
  readonly qrUrl: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly localTokens: readonly string[];
  status: QrStatus;
  answeredStatus?: QrStatus;
  userId?: string;
  botId?: string;
  verifyCode?: string;
  wrongCodes: number;
  redirect: "none" | "wanted" | "told";
  readonly waiting: Set<() => void>;
}

/** One message in a bot's log; it stays there after delivery. */
export interface LogEntry {
  readonly position: number;
  readonly at: number;
  readonly message: WireObject;
}

/** A poll that waits for a message. */
export interface HeldPoll {
  readonly pollId: number;
  readonly position: number;
  readonly answer: (answer: PollAnswer) => void;
}

/** A getupdates call from its token check to its end, whatever a fault does with it. */
export interface TrackedPoll {
  end: "open" | "answered" | "client-left";
}

export type PollAnswer =
  | { kind: "messages"; entries: readonly LogEntry[] }
  | { kind: "empty" }
  | { kind: "session-timeout" }
  | { kind: "gateway-timeout" };

export interface PollStats {
  /** Polls that passed the token check. */
  count: number;
  /** Real time with at least one poll open, the open one included. */
  coveredMs: number;
  firstOpenedAt: number | null;
  /** Longest real time without an open poll between two polls. */
  longestGapMs: number;
  /** Polls opened while another was open. */
  overlaps: number;
}

/** How one bot and one person stand to each other. */
export interface Contact {
  readonly userId: string;
  readonly sessionId: string;
  lastInboundAt: number | null;
  sentSinceInbound: number;
  readonly contextTokens: Map<string, { issuedAt: number; used: boolean }>;
  newestContextToken?: string;
  attemptTimes: number[];
  ticket?: { ticket: string; expiresAt: number };
  typing: { on: boolean; since: number; cancelAutoOff?: () => void };
}

/** What one confirmed login gave: a bot id, its token, its messages. */
export interface Bot {
  readonly botId: string;
  readonly token: string;
  readonly ownerUserId: string;
  /** The how-manieth login of this owner. */
  readonly generation: number;
  readonly createdAt: number;
  status: "live" | "superseded" | "expired";
  online: boolean;
  readonly log: LogEntry[];
  /** Position of the last message that was ever handed out. */
  deliveredUpTo: number;
  /** When each message was last handed to a client, by its position; in real time. */
  readonly handedAt: Map<number, number>;
  /** Polls that wait for a message. */
  readonly heldPolls: Map<number, HeldPoll>;
  readonly trackedPolls: Set<TrackedPoll>;
  readonly contacts: Map<string, Contact>;
  readonly seenClientIds: Map<string, string>;
  readonly lateBubbles: Bubble[];
  /** When they are shown. */
  lateUntil: number;
  flushPending: boolean;
  readonly polls: PollRecord;
}

/** Times are real ones: coverage is about the poller, not about WeChat's clock. */
export interface PollRecord {
  count: number;
  closedCoveredMs: number;
  firstOpenedAt: number | null;
  coveredSince: number | null;
  lastClosedAt: number | null;
  longestGapMs: number;
  overlaps: number;
}

/** One message as the phone shows it. */
export interface Bubble {
  readonly bubbleId: string;
  readonly botId: string;
  readonly userId: string;
  readonly messageId: string;
  readonly text: string;
  readonly itemType: number;
  readonly clientId: string | null;
  readonly contextToken: string | null;
  shownAt: number;
  /** Set on a bubble that shows a client_id which was shown before. */
  readonly duplicateOfClientId?: string;
}

export interface Attempt {
  readonly attemptId: string;
  readonly at: number;
  readonly botId: string;
  readonly userId: string;
  readonly clientId: string | null;
  readonly contextToken: string | null;
  readonly text: string;
  readonly itemType: number | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly verdict: "accepted" | "dropped" | "refused";
  /** The rule that decided, or null when all said yes. */
  readonly rule: string | null;
  /** The raw `ret` of a refusal, else 0. */
  readonly code: number;
  readonly errmsg: string;
  readonly messageId: string | null;
}

/** Everything the simulator knows. Modules are functions over it. */
export interface World {
  config: WechatSimConfig;
  /** What `configure` changed of the config that the simulator was started with. */
  configChanges: Readonly<Record<string, unknown>>;
  readonly seed: number;
  /** How often it was started on the data it has, this time included. */
  readonly starts: number;
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly changes: Changes;
  readonly users: Map<string, User>;
  readonly logins: Map<string, Login>;
  readonly bots: Map<string, Bot>;
  readonly bubbles: Bubble[];
  readonly attempts: Attempt[];
  /** What each person wrote, for the page. */
  readonly phoneMessages: PhoneMessage[];
  /** The newest calls, as many as the config keeps. */
  readonly calls: Call[];
  readonly faults: Map<string, Fault>;
  readonly seenUins: Set<string>;
  /** Keeps what shall outlive a restart; null when nothing shall. */
  keeper: Keeper | null;
  url: string;
  nextNumber: number;
}

export interface PhoneMessage {
  readonly messageId: string;
  readonly botId: string;
  readonly userId: string;
  readonly text: string;
  readonly at: number;
  readonly queued: boolean;
}

export function findBotByToken(world: World, token: string): Bot | undefined {
  for (const bot of world.bots.values()) if (bot.token === token) return bot;
  return undefined;
}

export function liveBotOf(world: World, userId: string): Bot | undefined {
  for (const bot of world.bots.values()) {
    if (bot.ownerUserId === userId && bot.status === "live") return bot;
  }
  return undefined;
}

export function getBot(world: World, botId: string): Bot {
  const bot = world.bots.get(botId);
  if (!bot) throw new SimError("not-found", `No bot ${botId}. state() lists the bots there are.`);
  return bot;
}

export function getUser(world: World, userId: string): User {
  const user = world.users.get(userId);
  if (!user) {
    throw new SimError(
      "not-found",
      `No user ${userId}. Ids are case-sensitive; make one with createUser.`,
    );
  }
  return user;
}

/** Keeps the newest `most` entries. */
export function trimTo(list: unknown[], most: number): void {
  if (list.length > most) list.splice(0, list.length - most);
}
