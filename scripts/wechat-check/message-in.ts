import { extractText } from "#core/wechat/text.ts";
import type { WechatMessage } from "#core/wechat/wechat.wire.ts";
import {
  CheckStoppedError,
  clientFor,
  type CheckContext,
  type ScannedBot,
} from "./check-context.ts";
import { choose } from "./person.ts";

/** What the answer needs of the message that came. */
export type Incoming = { userId: string; contextToken: string | undefined; cursor: string };

const step = "message in";

/** Waits for what the person writes to the bot, and notes its shape, never its words. */
export async function receiveMessage(context: CheckContext, bot: ScannedBot): Promise<Incoming> {
  const { person, findings } = context;
  person.tell("Now find the bot among your WeChat chats and write it any short text.");
  const client = clientFor(context, bot);
  let cursor = "";
  let until = context.now().getTime() + context.patienceMs;
  for (;;) {
    const askedAt = context.now().getTime();
    const updates = await client.getUpdates({ cursor, timeoutMs: context.holdMs });
    const heldSeconds = Math.round((context.now().getTime() - askedAt) / 1000);
    cursor = updates.cursor ?? cursor;
    const message = updates.messages.find(({ from_user_id }) => from_user_id !== undefined);
    if (message) {
      noteMessage(context, bot, message, updates.messages.length);
      await askWhere(context);
      return {
        userId: message.from_user_id ?? "",
        contextToken: message.context_token,
        cursor,
      };
    }
    findings.add({
      step,
      what: "an empty poll",
      result: "seen",
      detail: `${updates.cut === undefined ? "answered" : `cut (${updates.cut})`} after ${heldSeconds} s`,
    });
    if (context.now().getTime() < until) continue;
    const question = "Nothing has come yet. Wait on?";
    if ((await choose(person, question, ["yes", "no"])) === "no") break;
    until = context.now().getTime() + context.patienceMs;
  }
  findings.add({ step, what: "a message comes", result: "unexpected", detail: "none came" });
  throw new CheckStoppedError("No message came.");
}

function noteMessage(
  { findings, now }: CheckContext,
  bot: ScannedBot,
  message: WechatMessage,
  together: number,
): void {
  const extracted = extractText(message, { voiceText: false });
  const writer = message.from_user_id === bot.ilinkUserId ? "who scanned" : "somebody else";
  const { message_id, create_time_ms } = message;
  const lateMs = create_time_ms === undefined ? null : now().getTime() - create_time_ms;
  findings.add({
    step,
    what: "a message comes",
    result: extracted.kind === "text" ? "as_expected" : "unexpected",
    detail: [
      extracted.kind === "text" ? "a text" : `no text: ${extracted.reason}`,
      `from ${writer}`,
      message_id === undefined
        ? "no message id"
        : `message id ${findings.nameOf(message_id)} of ${message_id.length} digits`,
      message.context_token === undefined ? "no context token" : "a context token",
      lateMs === null ? "no time" : `${Math.round(lateMs / 1000)} s after it was written`,
      `${together} in one answer`,
      `fields ${Object.keys(message.raw)
        .toSorted((a, b) => a.localeCompare(b))
        .join(" ")}`,
    ].join(", "),
  });
}

/** Nobody documents it, so the person says what they see. */
async function askWhere({ person, findings }: CheckContext): Promise<void> {
  const chosen = await choose(
    person,
    "Where did you find the bot? chat: as a chat of its own; folded: inside another entry; search: only by searching; other",
    ["chat", "folded", "search", "other"],
  );
  findings.add({ step, what: "where the bot appears", result: "seen", detail: chosen });
}
