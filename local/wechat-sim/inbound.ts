import type { duplicateModes } from "./config.ts";
import { contactOf, issueContextToken, noteInbound } from "./contacts.ts";
import { newMessageId } from "./ids.ts";
import { appendMessage } from "./polling.ts";
import { hexDigits } from "./random.ts";
import { itemsOf, type UserMessage } from "./user-message.ts";
import type { WireObject } from "./wire.ts";
import { type Bot, type Contact, trimTo, type World } from "./world.ts";

export interface SentByUser {
  /** Of the first piece. */
  messageId: string;
  messageIds: string[];
  /** False when the bot is dead and the config drops what is written to it. */
  queued: boolean;
}

type DuplicateMode = (typeof duplicateModes)[number];

/** A person writes to a bot; copies follow as config and message ask: ilink.md 3.4. */
export function sendFromUser(world: World, bot: Bot, message: UserMessage): SentByUser {
  const items = itemsOf(world, message);
  const queued = bot.status === "live" || world.config.inbound.deadBot === "queue";
  const contact = contactOf(world, bot, message.userId);
  if (queued) noteInbound(world, contact);
  const messageIds = items.map(({ item, shown }) => {
    const id = newMessageId(world.random);
    world.phoneMessages.push({
      messageId: String(id),
      botId: bot.botId,
      userId: message.userId,
      text: shown,
      at: world.clock.now(),
      queued,
    });
    if (queued) deliver(world, bot, contact, { message, item, id });
    return String(id);
  });
  trimTo(world.phoneMessages, world.config.record.attempts);
  world.changes.notify();
  return { messageId: messageIds[0] ?? "", messageIds, queued };
}

interface Piece {
  message: UserMessage;
  item: WireObject;
  id: bigint;
}

function deliver(world: World, bot: Bot, contact: Contact, { message, item, id }: Piece): void {
  const { inbound } = world.config;
  const at = world.clock.now();
  const original: WireObject = {
    message_id: messageIdField(world, id),
    from_user_id: message.userId,
    to_user_id: bot.botId,
    client_id: newClientId(world),
    create_time_ms: at,
    update_time_ms: at,
    session_id: contact.sessionId,
    group_id: message.groupId,
    message_type: message.messageType,
    message_state: 2,
    item_list: [item],
    context_token: issueContextToken(world, contact),
  };
  const append = (fields: WireObject) =>
    appendMessage(world, bot, (position) =>
      without({ seq: position, ...fields }, inbound.omitFields),
    );
  append(original);
  for (const mode of new Set([...inbound.duplicates, ...message.duplicates])) {
    const [fromMs, toMs] = inbound.duplicateAfterMs[mode];
    world.clock.after(world.random.between(fromMs, toMs), () =>
      append(copyOf(world, contact, original, mode)),
    );
  }
}

/** Reports differ on what a copy keeps; a new id comes with a new client_id, the harder case. */
function copyOf(
  world: World,
  contact: Contact,
  original: WireObject,
  mode: DuplicateMode,
): WireObject {
  const renewed = {
    ...original,
    message_id: messageIdField(world, newMessageId(world.random)),
    client_id: newClientId(world),
  };
  switch (mode) {
    case "same-id":
    case "late-replay":
      return original;
    case "new-id":
      return renewed;
    case "new-context-token":
      return { ...renewed, context_token: issueContextToken(world, contact) };
    case "no-id":
    default:
      return { ...renewed, message_id: "" };
  }
}

function messageIdField(world: World, id: bigint): bigint | string | number | undefined {
  switch (world.config.inbound.messageId) {
    case "present":
      return world.config.transport.inboundMessageId === "number" ? id : String(id);
    case "missing":
      return undefined;
    case "empty":
      return "";
    case "zero":
    default:
      return 0;
  }
}

function newClientId(world: World): string {
  return world.random.text(32, hexDigits);
}

function without(message: WireObject, omitted: readonly string[]): WireObject {
  return Object.fromEntries(Object.entries(message).filter(([key]) => !omitted.includes(key)));
}
