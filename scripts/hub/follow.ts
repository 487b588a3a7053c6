import { parseResponse } from "hono/client";
import type { Connection } from "./connection.ts";

const pageSize = "50";
/** A contact who wrote more between two looks is shown from here on. */
const mostPages = 20;

type Api = Connection["api"];
type ConversationPage = Awaited<
  ReturnType<Awaited<ReturnType<Api["conversations"]["$get"]>>["json"]>
>;
type Conversation = Extract<ConversationPage, { items: unknown }>["items"][number];
type ThreadPage = Awaited<
  ReturnType<Awaited<ReturnType<Api["conversations"][":id"]["messages"]["$get"]>>["json"]>
>;
export type Followed = {
  message: Extract<ThreadPage, { items: unknown }>["items"][number];
  botName: string;
  /** As people named the contact, else as WeChat tells it. */
  contactName: string;
};

/**
 * Follows the messages of one bot or of all: each look asks what changed since the one before, and
 * reads these conversations only. Throws as the connection does; the next look then goes on.
 */
export function followMessages({ api, read }: Connection, accountId?: string) {
  const seen = new Set<string>();
  let since: string | null = null;
  const of = accountId === undefined ? {} : { accountId };

  /** The newest messages, the oldest first: what was there before. */
  async function newest(): Promise<Followed[]> {
    const page = await read(
      parseResponse(api.conversations.$get({ query: { ...of, limit: pageSize } })),
    );
    since ??= page.asOf;
    return inTime(await Promise.all(page.items.map((each) => unseen(each, nameIn(page, each), 1))));
  }

  /** What came and went since the last look. The first gives nothing. */
  async function look(): Promise<Followed[]> {
    if (since === null) {
      await newest();
      return [];
    }
    const found: Followed[] = [];
    let next: string | null = since;
    for (let cursor: string | null | undefined; cursor !== null;) {
      const query = { ...of, since, limit: pageSize, ...(cursor ? { cursor } : {}) };
      const page = await read(parseResponse(api.conversations.$get({ query })));
      if (cursor === undefined) next = page.asOf;
      for (const each of page.items) {
        found.push(...(await unseen(each, nameIn(page, each), mostPages)));
      }
      cursor = page.nextCursor;
    }
    since = next;
    return inTime([found]);
  }

  async function unseen(
    { _id: id, alias, userId }: Conversation,
    botName: string,
    pages: number,
  ): Promise<Followed[]> {
    const found: Followed[] = [];
    let cursor: string | null | undefined;
    for (let page = 0; page < pages && cursor !== null; page++) {
      const query = { limit: pageSize, ...(cursor ? { cursor } : {}) };
      const asked = { param: { id }, query };
      const thread = await read(parseResponse(api.conversations[":id"].messages.$get(asked)));
      const fresh = thread.items.filter(({ _id }) => !seen.has(_id));
      for (const message of fresh) {
        seen.add(message._id);
        found.push({ message, botName, contactName: alias ?? userId });
      }
      cursor = fresh.length < thread.items.length ? null : thread.nextCursor;
    }
    return found.toReversed();
  }

  return { newest, look };
}

function nameIn(
  { accounts }: { accounts: Readonly<Record<string, { name: string } | undefined>> },
  { accountId }: { accountId: string },
): string {
  return accounts[accountId]?.name ?? accountId;
}

function inTime(found: readonly Followed[][]): Followed[] {
  return found.flat().toSorted((a, b) => a.message.createdAt.localeCompare(b.message.createdAt));
}
