import { randomUUID } from "node:crypto";
import { WechatRefusedError, WechatUnreachableError } from "#core/wechat/wechat.errors.ts";
import { clientFor, type CheckContext, type ScannedBot } from "./check-context.ts";
import type { Incoming } from "./message-in.ts";
import { choose } from "./person.ts";

const step = "message out";

type Try = { what: string; text: string; clientId: string; withToken: boolean; expected: string };

/**
 * Three of the ten messages that WeChat allows: one with the context token, the same one repeated
 * under its client id, and one without the token. The person says what the phone shows of each.
 */
export async function sendMessages(
  context: CheckContext,
  bot: ScannedBot,
  incoming: Incoming,
): Promise<void> {
  const first = randomUUID();
  const tries: readonly Try[] = [
    {
      what: "a text with the context token",
      text: "Check A: this should appear once.",
      clientId: first,
      withToken: true,
      expected: "once",
    },
    {
      what: "the same text under the same client id",
      text: "Check A: this should appear once.",
      clientId: first,
      withToken: true,
      expected: "none",
    },
    {
      what: "a text without the context token",
      text: "Check B: this was sent without a token.",
      clientId: randomUUID(),
      withToken: false,
      expected: "once",
    },
  ];
  for (const each of tries) await sendOne(context, bot, incoming, each);
}

async function sendOne(
  context: CheckContext,
  bot: ScannedBot,
  { userId, contextToken }: Incoming,
  { what, text, clientId, withToken, expected }: Try,
): Promise<void> {
  const { person, findings } = context;
  const answer = await answerTo(context, bot, {
    toUserId: userId,
    clientId,
    text,
    ...(withToken && contextToken !== undefined ? { contextToken } : {}),
  });
  const question = `Sent: ${what}. How often did it appear just now, on top of what was there?`;
  const seen = await choose(person, question, ["once", "none", "twice"]);
  findings.add({
    step,
    what,
    result: seen === expected ? "as_expected" : "unexpected",
    detail: `WeChat's answer: ${answer}; the phone showed it: ${seen}`,
  });
}

async function answerTo(
  context: CheckContext,
  bot: ScannedBot,
  message: { toUserId: string; clientId: string; text: string; contextToken?: string },
): Promise<string> {
  try {
    const { messageId } = await clientFor(context, bot).sendMessage(message);
    return messageId === undefined ? "accepted without message id" : "accepted with message id";
  } catch (error) {
    if (error instanceof WechatRefusedError) return `refused with ${error.code}`;
    if (error instanceof WechatUnreachableError) return `none (${error.kind})`;
    throw error;
  }
}
