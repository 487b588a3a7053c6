import { newContextToken } from "./ids.ts";
import { hexDigits } from "./random.ts";
import type { Bot, Contact, World } from "./world.ts";

/** The contact, made on the person's first message or first mention. */
export function contactOf(world: World, bot: Bot, userId: string): Contact {
  const known = bot.contacts.get(userId);
  if (known) return known;
  const contact: Contact = {
    userId,
    sessionId: world.random.text(32, hexDigits),
    lastInboundAt: null,
    sentSinceInbound: 0,
    contextTokens: new Map(),
    attemptTimes: [],
    typing: { on: false, since: 0 },
  };
  bot.contacts.set(userId, contact);
  return contact;
}

/** What a person writes opens the window and gives the bot its quota anew: ilink.md 1.6. */
export function noteInbound(world: World, contact: Contact): void {
  contact.lastInboundAt = world.clock.now();
  contact.sentSinceInbound = 0;
}

export function issueContextToken(world: World, contact: Contact): string {
  const token = newContextToken(world.random);
  contact.contextTokens.set(token, { issuedAt: world.clock.now(), used: false });
  contact.newestContextToken = token;
  return token;
}

/** When the bot may no longer write to this person; null before first contact or without a limit. */
export function windowEndsAt(world: World, contact: Contact): number | null {
  const { windowMs } = world.config.send;
  if (windowMs === null || contact.lastInboundAt === null) return null;
  return contact.lastInboundAt + windowMs;
}

export function quotaLeft(world: World, contact: Contact): number | null {
  const { quota } = world.config.send;
  return quota === null ? null : Math.max(0, quota - contact.sentSinceInbound);
}
