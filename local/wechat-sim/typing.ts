import { newTypingTicket } from "./ids.ts";
import { GetConfigBody, SendTypingBody, type WireObject } from "./wire.ts";
import type { Bot, Contact, World } from "./world.ts";

/** getconfig: a typing ticket for somebody who has written before (reference/ilink.md 1.5). */
export function getConfig(world: World, bot: Bot, body: unknown): WireObject {
  const userId = GetConfigBody.safeParse(body).data?.ilink_user_id ?? "";
  if (userId === "") return { ret: -2, errmsg: "ilink_user_id required" };
  const contact = bot.contacts.get(userId);
  if (!contact || contact.lastInboundAt === null) {
    return { ret: -4, errmsg: "GetTypingTicket rpc failed" };
  }
  const ticket = newTypingTicket(world.random);
  contact.ticket = { ticket, expiresAt: world.clock.now() + world.config.typing.ticketLifetimeMs };
  return { ret: 0, typing_ticket: ticket };
}

/** sendtyping: status 1 shows "typing" on the phone, 2 ends it. */
export function sendTyping(world: World, bot: Bot, body: unknown): WireObject {
  const typing = SendTypingBody.safeParse(body).data;
  if (!typing) return { ret: -3, errmsg: "invalid arguments" };
  const contact = bot.contacts.get(typing.ilink_user_id);
  const ticket = contact?.ticket;
  const good = ticket?.ticket === typing.typing_ticket && ticket.expiresAt > world.clock.now();
  if (!contact || !good) return world.config.typing.badTicket;
  setTyping(world, contact, typing.status === 1);
  return { ret: 0 };
}

/** notifystart and notifystop: the server's idea of who is there. */
export function notifyOnline(world: World, bot: Bot, online: boolean): WireObject {
  bot.online = online;
  world.changes.notify();
  return { ret: 0 };
}

function setTyping(world: World, contact: Contact, on: boolean): void {
  contact.typing.cancelAutoOff?.();
  const { autoOffMs } = world.config.typing;
  contact.typing = { on, since: world.clock.now() };
  if (on && autoOffMs !== null) {
    contact.typing.cancelAutoOff = world.clock.after(autoOffMs, () =>
      setTyping(world, contact, false),
    );
  }
  world.changes.notify();
}
