import type { Refusal } from "./refusal.ts";
import { itemType, type SentItem } from "./wire.ts";
import type { Bot, Contact, World } from "./world.ts";

/** One sendmessage as the rules see it. */
export interface Send {
  readonly bot: Bot;
  /** A recipient and exactly one known item with content. */
  readonly wellFormed: boolean;
  /** Null when there is no readable `msg`. */
  readonly itemCount: number | null;
  readonly userId: string;
  readonly clientId: string | null;
  readonly contextToken: string | null;
  readonly item: SentItem | null;
  readonly text: string;
  readonly contact: Contact | null;
  readonly now: number;
}

interface SendRule {
  readonly name: string;
  /** The refusal, or null when this rule has nothing against it. */
  readonly check: (world: World, send: Send) => Refusal | null;
}

const invalidArguments: Refusal = { style: "refuse", ret: -3, errmsg: "invalid arguments" };

/** In the order in which they decide: reference/ilink.md 3.5. */
const sendRules: readonly SendRule[] = [
  {
    name: "notify-start",
    check: ({ config }, { bot }) =>
      config.send.notifyStartRequired && !bot.online
        ? { style: "refuse", ret: -2, errmsg: "" }
        : null,
  },
  {
    name: "shape",
    check({ config }, { wellFormed, itemCount }) {
      if (!config.send.shapeCheck || wellFormed) return null;
      return itemCount === 0 ? { style: "refuse", ret: -2, errmsg: "" } : invalidArguments;
    },
  },
  {
    name: "recipient",
    check({ config }, { bot, userId, contact }) {
      const known = contact !== null || bot.ownerUserId === userId;
      return config.send.recipientCheck && !known ? invalidArguments : null;
    },
  },
  {
    name: "size",
    check({ config }, { text }) {
      const { maxTextBytes, sizeRefusal } = config.send;
      return maxTextBytes !== null && Buffer.byteLength(text) > maxTextBytes ? sizeRefusal : null;
    },
  },
  {
    name: "first-contact",
    check({ config }, { contact }) {
      const hasWritten = contact !== null && contact.lastInboundAt !== null;
      return config.send.firstContact && !hasWritten ? config.send.firstContactRefusal : null;
    },
  },
  {
    name: "window",
    check({ config }, { contact, now }) {
      const { windowMs, windowRefusal } = config.send;
      const since = contact?.lastInboundAt ?? null;
      return windowMs !== null && since !== null && now - since > windowMs ? windowRefusal : null;
    },
  },
  {
    name: "quota",
    check(world, { contact, item }) {
      const { quota, quotaRefusal } = world.config.send;
      if (quota === null || contact === null || !usesQuota(world, item)) return null;
      return contact.sentSinceInbound >= quota ? quotaRefusal : null;
    },
  },
  {
    name: "burst",
    check({ config }, { contact, now }) {
      const { burstLimit, burstPerMs, burstRefusal } = config.send;
      const recent = contact?.attemptTimes.filter((at) => at > now - burstPerMs) ?? [];
      return burstLimit !== null && recent.length >= burstLimit ? burstRefusal : null;
    },
  },
  {
    name: "context-token",
    check: ({ config }, send) =>
      acceptsContextToken(config, send) ? null : config.send.contextTokenRefusal,
  },
];

/** The first rule that says no, or null when the message may go. */
export function findRefusal(world: World, send: Send): { rule: string; refusal: Refusal } | null {
  for (const { name, check } of sendRules) {
    const refusal = check(world, send);
    if (refusal) return { rule: name, refusal };
  }
  return null;
}

/** Whether progress of tools costs quota is not known: ilink.md 1.3. */
export function usesQuota({ config }: World, item: SentItem | null): boolean {
  return config.send.toolItemsUseQuota || (item?.type ?? 0) < itemType.toolCallStart;
}

/** Older tokens stay good as long as the window: ilink.md 3.4. */
function acceptsContextToken(
  { send }: World["config"],
  { contact, contextToken, now }: Send,
): boolean {
  const policy = send.contextToken;
  if (policy === "ignored" || policy === "echo-doubles") return true;
  const issued = contact?.contextTokens.get(contextToken ?? "");
  if (!issued) return false;
  if (policy === "newest") return contact?.newestContextToken === contextToken;
  if (policy === "one-time" && issued.used) return false;
  return send.windowMs === null || now - issued.issuedAt <= send.windowMs;
}
