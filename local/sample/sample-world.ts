import { type Conversation, creditsPerInbound } from "#core/conversations/conversation.ts";
import { newMessageId } from "#local/wechat-sim/ids.ts";
import type { Random } from "#local/wechat-sim/random.ts";
import {
  type SavedBot,
  type SavedContact,
  savedFormat,
  type SavedWorld,
} from "#local/wechat-sim/saved-world.ts";
import type { BotRecords } from "./sample-bots.ts";
import type { TalkRecords } from "./sample-talks.ts";
import type { SampleSource } from "./source.ts";

/** The same bots, people and chats as WeChat's own side knows them: what its simulator starts from. */
export function worldOf(
  { random }: SampleSource,
  seed: number,
  bots: readonly BotRecords[],
  talks: readonly TalkRecords[],
): SavedWorld {
  const ofAccount = Map.groupBy(talks, ({ conversation }) => conversation.accountId);
  const botIds = new Map(bots.map(({ account }) => [account._id, account.botId ?? ""]));
  const scanned = bots.filter(({ token }) => token !== "");
  const botIdOf = ({ accountId }: Conversation) => botIds.get(accountId) ?? "";
  return {
    format: savedFormat,
    seed,
    starts: 1,
    clockOffsetMs: 0,
    configChanges: {},
    nextNumber: 1_000_000,
    users: [...scanned.map(ownerOf), ...talks.map(contactUserOf)],
    logins: [],
    bots: scanned.map((bot) => savedBot(bot, ofAccount.get(bot.account._id) ?? [])),
    bubbles: talks.flatMap((talk) => bubblesOf(random, talk, botIdOf(talk.conversation))),
    attempts: [],
    phoneMessages: talks.flatMap((talk) => writtenIn(random, talk, botIdOf(talk.conversation))),
  };
}

/** What the phone shows of the bot's messages. */
function bubblesOf(random: Random, { conversation, messages }: TalkRecords, botId: string) {
  const { userId, contextToken } = conversation;
  return messages.flatMap((message) => {
    if (message.direction === "inbound") return [];
    return message.chunks.flatMap(({ text, clientId, wechatMessageId, acceptedAt }) => {
      if (acceptedAt === null) return [];
      const shownAt = acceptedAt.getTime();
      const messageId = wechatMessageId ?? String(newMessageId(random));
      const bubbleId = `bubble-${clientId}`;
      return [
        { bubbleId, botId, userId, messageId, text, itemType: 1, clientId, contextToken, shownAt },
      ];
    });
  });
}

function writtenIn(random: Random, { conversation, messages }: TalkRecords, botId: string) {
  const { userId } = conversation;
  return messages.flatMap((message) => {
    if (message.direction === "outbound") return [];
    const at = message.sentAt.getTime();
    const messageId = String(newMessageId(random));
    return [{ messageId, botId, userId, text: message.text ?? "", at, queued: true }];
  });
}

function ownerOf({ account: { ilinkUserId = "", name } }: BotRecords) {
  return { userId: ilinkUserId, name: `owner of ${name}` };
}

function contactUserOf({ conversation: { userId, alias } }: TalkRecords, index: number) {
  return { userId, name: alias ?? `contact ${index + 1}` };
}

function savedBot({ account, token }: BotRecords, talks: readonly TalkRecords[]): SavedBot {
  return {
    botId: account.botId ?? "",
    token,
    ownerUserId: account.ilinkUserId ?? "",
    generation: 1,
    createdAt: account.loggedInAt?.getTime() ?? account.createdAt.getTime(),
    status: account.status === "login_expired" ? "expired" : "live",
    online: true,
    log: [],
    deliveredUpTo: 0,
    contacts: talks.map(savedContact),
    seenClientIds: [],
    lateBubbles: [],
    lateUntil: 0,
  };
}

function savedContact({ conversation }: TalkRecords): SavedContact {
  const { userId, sessionId, contextToken, lastInboundAt, credits } = conversation;
  const issuedAt = lastInboundAt.getTime();
  return {
    userId,
    sessionId: sessionId ?? "",
    lastInboundAt: issuedAt,
    sentSinceInbound: creditsPerInbound - credits,
    contextTokens: contextToken === null ? [] : [{ token: contextToken, issuedAt, used: true }],
    ...(contextToken === null ? {} : { newestContextToken: contextToken }),
    attemptTimes: [],
  };
}
