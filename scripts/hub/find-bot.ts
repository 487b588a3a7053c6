import { parseResponse } from "hono/client";
import { UsageError, type Connection } from "./connection.ts";

const pageSize = "200";

/** The id of a bot that was named by its id or its name. Throws UsageError when no or several are meant. */
export async function findBotId({ api, read }: Connection, named: string): Promise<string> {
  if (named.startsWith("acc_")) return named;
  const bots = await listBots({ api, read });
  const same = bots.filter(({ name }) => name.toLowerCase() === named.toLowerCase());
  const [only, ...others] = same;
  if (only && others.length === 0) return only._id;
  if (only) {
    const ids = same.map(({ _id }) => _id).join(", ");
    throw new UsageError(`Several bots are called “${named}”; use one of their ids: ${ids}`);
  }
  throw new UsageError(`No bot is called “${named}”. hub bots lists them.`);
}

export async function listBots({ api, read }: Connection, status?: BotStatus) {
  const bots = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const query = { limit: pageSize, ...(cursor ? { cursor } : {}), ...(status ? { status } : {}) };
    const page = await read(parseResponse(api.accounts.$get({ query })));
    bots.push(...page.items);
    cursor = page.nextCursor;
  }
  return bots;
}

export const botStatuses = [
  "pending_login",
  "pending_approval",
  "approved",
  "suspended",
  "login_expired",
  "retiring",
  "retired",
] as const;
export type BotStatus = (typeof botStatuses)[number];
