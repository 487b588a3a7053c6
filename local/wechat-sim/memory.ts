import { expireInTime } from "./logins.ts";
import { noPolls } from "./poll-stats.ts";
import { type SavedBot, type SavedContact, savedFormat, type SavedWorld } from "./saved-world.ts";
import { showInTime } from "./sending.ts";
import type { Bot, Contact, Login, World } from "./world.ts";

/** What there is to keep of the world as it is now; `configChanges` came as JSON. */
export function remember(world: World) {
  return {
    format: savedFormat,
    seed: world.seed,
    starts: world.starts,
    clockOffsetMs: world.clock.offsetMs(),
    configChanges: world.configChanges,
    nextNumber: world.nextNumber,
    users: [...world.users.values()],
    logins: [...world.logins.values()].map(({ waiting: _waiting, ...login }) => login),
    bots: [...world.bots.values()].map(rememberBot),
    bubbles: world.bubbles,
    attempts: world.attempts,
    phoneMessages: world.phoneMessages,
  };
}

/** Puts what was kept into a world that has nothing yet, and starts what waits for its time. */
export function recall(world: World, saved: SavedWorld): void {
  world.configChanges = saved.configChanges;
  world.nextNumber = saved.nextNumber;
  for (const user of saved.users) world.users.set(user.userId, user);
  for (const login of saved.logins) {
    const recalled: Login = { ...login, waiting: new Set() };
    world.logins.set(login.qr, recalled);
    expireInTime(world, recalled);
  }
  for (const bot of saved.bots) {
    const recalled = recallBot(bot);
    world.bots.set(bot.botId, recalled);
    showInTime(world, recalled);
  }
  world.bubbles.push(...saved.bubbles);
  world.attempts.push(...saved.attempts);
  world.phoneMessages.push(...saved.phoneMessages);
}

function rememberBot(bot: Bot): SavedBot {
  return {
    botId: bot.botId,
    token: bot.token,
    ownerUserId: bot.ownerUserId,
    generation: bot.generation,
    createdAt: bot.createdAt,
    status: bot.status,
    online: bot.online,
    log: bot.log,
    deliveredUpTo: bot.deliveredUpTo,
    contacts: [...bot.contacts.values()].map(rememberContact),
    seenClientIds: [...bot.seenClientIds].map(([clientId, messageId]) => ({ clientId, messageId })),
    lateBubbles: bot.lateBubbles,
    lateUntil: bot.lateUntil,
  };
}

function rememberContact({ typing: _typing, contextTokens, ...contact }: Contact): SavedContact {
  return {
    ...contact,
    contextTokens: [...contextTokens].map(([token, facts]) => ({ token, ...facts })),
  };
}

function recallBot(saved: SavedBot): Bot {
  return {
    ...saved,
    contacts: new Map(saved.contacts.map((contact) => [contact.userId, recallContact(contact)])),
    seenClientIds: new Map(
      saved.seenClientIds.map(({ clientId, messageId }) => [clientId, messageId]),
    ),
    handedAt: new Map(),
    heldPolls: new Map(),
    trackedPolls: new Set(),
    flushPending: false,
    polls: noPolls(),
  };
}

function recallContact(saved: SavedContact): Contact {
  return {
    ...saved,
    contextTokens: new Map(saved.contextTokens.map(({ token, ...facts }) => [token, facts])),
    typing: { on: false, since: 0 },
  };
}
