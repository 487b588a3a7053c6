import { quotaLeft, windowEndsAt } from "./contacts.ts";
import { pollStatsOf } from "./poll-stats.ts";
import { undeliveredCount } from "./polling.ts";
import type { Bot, Contact, Login, World } from "./world.ts";

/** The simulator's whole state as JSON, without tokens. Times are the virtual clock's. */
export function snapshot(world: World) {
  return {
    url: world.url,
    seed: world.seed,
    now: world.clock.now(),
    clockOffsetMs: world.clock.offsetMs(),
    config: world.config,
    users: [...world.users.values()],
    logins: [...world.logins.values()].map(loginSnapshot),
    bots: [...world.bots.values()].map((bot) => botSnapshot(world, bot)),
    faults: [...world.faults.values()],
    counts: {
      calls: world.calls.length,
      attempts: world.attempts.length,
      bubbles: world.bubbles.length,
    },
  };
}
export type SimState = ReturnType<typeof snapshot>;

function loginSnapshot(login: Login) {
  const { qr, qrUrl, createdAt, expiresAt, status } = login;
  return {
    qr,
    qrUrl,
    createdAt,
    expiresAt,
    status,
    userId: login.userId ?? null,
    botId: login.botId ?? null,
    verifyCode: login.verifyCode ?? null,
    wrongCodes: login.wrongCodes,
    polling: login.waiting.size > 0,
  };
}

function botSnapshot(world: World, bot: Bot) {
  const { botId, ownerUserId, generation, createdAt, status, online } = bot;
  return {
    botId,
    ownerUserId,
    generation,
    createdAt,
    status,
    online,
    openPolls: bot.trackedPolls.size,
    undelivered: undeliveredCount(bot),
    received: bot.log.length,
    polls: pollStatsOf(world, bot),
    contacts: [...bot.contacts.values()].map((contact) => contactSnapshot(world, contact)),
  };
}

function contactSnapshot(world: World, contact: Contact) {
  return {
    userId: contact.userId,
    lastInboundAt: contact.lastInboundAt,
    windowEndsAt: windowEndsAt(world, contact),
    sentSinceInbound: contact.sentSinceInbound,
    quotaLeft: quotaLeft(world, contact),
    typing: contact.typing.on,
  };
}
