import type { Refusal } from "./refusal.ts";
import { newMessageId } from "./ids.ts";
import { findRefusal, type Send, usesQuota } from "./send-rules.ts";
import { SendMessageBody, SentItem, type WireObject } from "./wire.ts";
import { type Attempt, type Bot, type Bubble, trimTo, type World } from "./world.ts";

export interface SendAnswer {
  /** Null is an empty body. */
  body: WireObject | null;
  /** The message is in, and the client shall not hear of it. */
  disconnect: boolean;
}

/** A rule outside the config that decides first: an armed fault. */
export interface ForcedRefusal {
  rule: string;
  refusal: Refusal;
}

/** Decides about one sendmessage in the order of reference/ilink.md 3.5. */
export function sendMessage(
  world: World,
  bot: Bot,
  body: unknown,
  headers: Readonly<Record<string, string>>,
  forced?: ForcedRefusal,
): SendAnswer {
  const send = readSend(world, bot, body);
  const found = forced ?? findRefusal(world, send);
  noteAttempt(world, send, found !== null);
  const outcome = found ? refused(world, send, found) : accepted(world, send);
  world.attempts.push({
    attemptId: `attempt-${world.nextNumber++}`,
    at: world.clock.now(),
    botId: bot.botId,
    userId: send.userId,
    clientId: send.clientId,
    contextToken: send.contextToken,
    text: send.text,
    itemType: send.item?.type ?? null,
    headers,
    ...outcome.record,
  });
  trimTo(world.attempts, world.config.record.attempts);
  world.changes.notify();
  return outcome.answer;
}

type Outcome = {
  record: Pick<Attempt, "verdict" | "rule" | "code" | "errmsg" | "messageId">;
  answer: SendAnswer;
};

function readSend(world: World, bot: Bot, body: unknown): Send {
  const msg = SendMessageBody.safeParse(body).data?.msg;
  const items = msg?.item_list ?? [];
  const item = items.length === 1 ? SentItem.safeParse(items[0]).data : undefined;
  const contact = bot.contacts.get(msg?.to_user_id ?? "");
  return {
    bot,
    wellFormed: msg !== undefined && msg.to_user_id !== "" && item !== undefined,
    itemCount: msg ? items.length : null,
    userId: msg?.to_user_id ?? "",
    clientId: msg?.client_id || null,
    contextToken: msg?.context_token || null,
    item: item ?? null,
    text: item ? shownText(item) : "",
    contact: contact ?? null,
    now: world.clock.now(),
  };
}

function refused(world: World, send: Send, { rule, refusal }: ForcedRefusal): Outcome {
  const messageId = String(newMessageId(world.random));
  switch (refusal.style) {
    case "refuse": {
      const { ret, errmsg } = refusal;
      const record = { verdict: "refused", rule, code: ret, errmsg, messageId: null } as const;
      return { record, answer: { body: { ret, errmsg }, disconnect: false } };
    }
    case "drop": {
      const named = refusal.answer === "with-message-id";
      const record = { verdict: "dropped", rule, code: 0, errmsg: "" } as const;
      return {
        record: { ...record, messageId: named ? messageId : null },
        answer: {
          body: successBody(world, dropAnswers[refusal.answer], messageId),
          disconnect: false,
        },
      };
    }
    case "late": {
      if (seenBefore(send) !== undefined) return accepted(world, send);
      const record = { verdict: "accepted", rule, code: 0, errmsg: "", messageId } as const;
      admit(world, send, messageId);
      showLater(world, send, messageId, refusal.deliverAfterMs);
      return { record, answer: acceptedAnswer(world, messageId) };
    }
    case "commit-then-disconnect":
    default: {
      const { record, answer } = accepted(world, send);
      return { record: { ...record, rule }, answer: { ...answer, disconnect: true } };
    }
  }
}

const dropAnswers = {
  "no-message-id": "ret-only",
  "empty-object": "empty-object",
  "empty-body": "empty-body",
  "with-message-id": "message-id",
} as const;

function accepted(world: World, send: Send): Outcome {
  const { repeatedClientId, contextToken } = world.config.send;
  const firstId = seenBefore(send);
  const messageId = firstId ?? String(newMessageId(world.random));
  const record = { verdict: "accepted", rule: null, code: 0, errmsg: "", messageId } as const;
  const answer = acceptedAnswer(world, messageId);
  if (firstId !== undefined && repeatedClientId === "hidden") return { record, answer };
  admit(world, send, messageId);
  const bubble = bubbleOf(world, send, messageId, firstId !== undefined);
  show(world, bubble);
  if (contextToken === "echo-doubles" && send.contextToken !== null) {
    show(world, bubbleOf(world, send, messageId, true));
  }
  return { record, answer };
}

function acceptedAnswer(world: World, messageId: string): SendAnswer {
  const { successAnswer } = world.config.send;
  return { body: successBody(world, successAnswer, messageId), disconnect: false };
}

function successBody(
  world: World,
  style: World["config"]["send"]["successAnswer"],
  messageId: string,
): WireObject | null {
  if (style === "empty-body") return null;
  if (style === "empty-object") return {};
  if (style === "ret-only") return { ret: 0 };
  const asNumber = world.config.transport.sentMessageId === "number";
  return { ret: 0, message_id: asNumber ? BigInt(messageId) : messageId };
}

function bubbleOf(world: World, send: Send, messageId: string, repeats: boolean): Bubble {
  const { truncateAtChars } = world.config.send;
  const text =
    truncateAtChars === null ? send.text : Array.from(send.text).slice(0, truncateAtChars).join("");
  const bubble = {
    bubbleId: `bubble-${world.nextNumber++}`,
    botId: send.bot.botId,
    userId: send.userId,
    messageId,
    text,
    itemType: send.item?.type ?? 0,
    clientId: send.clientId,
    contextToken: send.contextToken,
    shownAt: world.clock.now(),
  };
  return repeats && send.clientId !== null
    ? { ...bubble, duplicateOfClientId: send.clientId }
    : bubble;
}

function show(world: World, bubble: Bubble): void {
  world.bubbles.push(bubble);
  trimTo(world.bubbles, world.config.record.attempts);
  world.changes.notify();
}

/** What is late comes together: the first one's time brings all that wait (ilink.md 2.17). */
function showLater(world: World, send: Send, messageId: string, afterMs: number): void {
  const { bot } = send;
  bot.lateBubbles.push(bubbleOf(world, send, messageId, false));
  if (bot.lateBubbles.length > 1) return;
  bot.lateUntil = world.clock.now() + afterMs;
  showInTime(world, bot);
}

/** Shows the bot's late bubbles, if there are any, when their time comes. */
export function showInTime(world: World, bot: Bot): void {
  if (bot.lateBubbles.length === 0) return;
  world.clock.after(Math.max(0, bot.lateUntil - world.clock.now()), () => {
    for (const bubble of bot.lateBubbles.splice(0)) {
      bubble.shownAt = world.clock.now();
      show(world, bubble);
    }
  });
}

/** The message is in, shown or not: it costs quota, and its client_id is known from now on. */
function admit(
  world: World,
  { bot, contact, clientId, contextToken, item }: Send,
  messageId: string,
) {
  if (clientId !== null) bot.seenClientIds.set(clientId, messageId);
  if (!contact) return;
  if (usesQuota(world, item)) contact.sentSinceInbound += 1;
  const issued = contact.contextTokens.get(contextToken ?? "");
  if (issued) issued.used = true;
}

function seenBefore({ bot, clientId }: Send): string | undefined {
  return clientId === null ? undefined : bot.seenClientIds.get(clientId);
}

/** Refused attempts count too, and so prolong a throttle: ilink.md 1.6. */
function noteAttempt(world: World, send: Send, wasRefused: boolean): void {
  const { contact } = send;
  if (!contact || !send.wellFormed) return;
  if (wasRefused && !world.config.send.burstCountsRefused) return;
  const since = send.now - world.config.send.burstPerMs;
  contact.attemptTimes = [...contact.attemptTimes.filter((at) => at > since), send.now];
}

function shownText(item: SentItem): string {
  switch (item.type) {
    case 1:
      return item.text_item.text;
    case 2:
      return "[image]";
    case 3:
      return "[voice]";
    case 4:
      return `[file] ${item.file_item.file_name ?? ""}`.trim();
    case 5:
      return "[video]";
    case 11:
    case 12:
    default:
      return "[tool]";
  }
}
