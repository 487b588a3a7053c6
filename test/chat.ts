import type { Db } from "mongodb";
import type { Account } from "#core/accounts/account.ts";
import type { Conversation } from "#core/conversations/conversation.ts";
import type { InboundMessage, OutboundMessage } from "#core/messages/message.ts";
import { messageStore } from "#core/messages/message.store.ts";
import type { NewJob } from "#core/queue/agent-queue.ts";
import type { Contact, SmallHub } from "./small-hub.ts";

/** One contact and one bot, told from the phone's side and from the records'. */
export type Chat = Contact & {
  account: Account;
  /** Has Hermes answer this question with this text, and the agent Lambda work it off. */
  isAnswered(question: string, answer: string): Promise<void>;
  /** A job that brings no news: the agent Lambda just looks again. */
  look(): Promise<void>;
  /** What the phone shows of answers made by `answerOf`: "part 1", "part 2". */
  readsParts(): string[];
  inbound(): Promise<InboundMessage[]>;
  outbound(kind: OutboundMessage["kind"]): Promise<OutboundMessage[]>;
  /** The states of the answer's chunks, when there is one answer. */
  chunkStates(): Promise<string[]>;
  runStatuses(): Promise<string[]>;
  setConversation(set: Partial<Conversation>): Promise<void>;
  /** What WeChat was asked to send here. */
  attempts(): ReturnType<SmallHub["wechat"]["attempts"]>;
  /** Lets the sends from the `nth` on fail that way. */
  failSends(
    behaviour: Parameters<SmallHub["wechat"]["armFault"]>[0]["behaviour"],
    which?: { nth?: number; times?: number | null },
  ): void;
};

/** Paragraphs of which no two fit in a bubble. */
export function answerOf(bubbles: number): string {
  const parts = Array.from({ length: bubbles }, (_, index) => `part ${index + 1} `);
  return parts.map((part) => part.padEnd(1010, "~")).join("\n\n");
}

export function partsFrom(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => `part ${first + index}`);
}

export async function openChat(
  hub: SmallHub,
  db: Db,
  changed: Partial<Account> = {},
): Promise<Chat> {
  const account = await hub.addBot(changed);
  const contact = hub.addContact(account);
  const { userId, conversationId } = contact;
  const messages = async () =>
    (await messageStore(db).list({ conversationId, limit: 100 })).toReversed();

  async function outbound(kind: OutboundMessage["kind"]): Promise<OutboundMessage[]> {
    const sent = (await messages()).filter((message) => message.direction === "outbound");
    return sent.filter((message) => message.kind === kind);
  }

  return {
    ...contact,
    account,
    outbound,
    async isAnswered(question, answer) {
      hub.hermes.scriptNext({ kind: "ok", text: answer }, { textIncludes: question });
      await hub.work(await contact.writes(question));
    },
    look: () => hub.work(lookAgain(hub, contact)),
    readsParts: () => contact.reads().map((text) => text.replace(/ ~+$/, "")),
    inbound: async () => (await messages()).filter((message) => message.direction === "inbound"),
    async chunkStates() {
      const [answer] = await outbound("answer");
      return answer?.chunks.map(({ state }) => state) ?? [];
    },
    runStatuses: async () => (await contact.runs()).map(({ status }) => status),
    async setConversation(set) {
      await db
        .collection<Conversation>("conversations")
        .updateOne({ _id: conversationId }, { $set: set });
    },
    attempts: () => hub.wechat.attempts({ botId: account.botId ?? "" }),
    failSends(behaviour, which = {}) {
      hub.wechat.armFault({ endpoint: "sendmessage", userId, behaviour, ...which });
    },
  };
}

export function lookAgain(hub: SmallHub, { conversationId }: Contact): NewJob {
  return { jobId: hub.deps.newId("job"), conversationId, do: "send", ref: "any" };
}
