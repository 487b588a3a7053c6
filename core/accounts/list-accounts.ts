import type { Db, Filter } from "mongodb";
import { z } from "zod";
import { plusSeconds } from "#core/shared/clock.ts";
import { RequestError } from "#core/shared/errors.ts";
import { searchPattern } from "#core/shared/search-keys.ts";
import { Account, type AccountStatus } from "./account.ts";
import { inScope, type LabelScope } from "./scope.ts";

export const accountSorts = ["newest", "name", "last-inbound", "last-poll"] as const;
export type AccountSort = (typeof accountSorts)[number];

export type AccountPage = {
  scope: LabelScope;
  status?: AccountStatus | undefined;
  label?: string | undefined;
  policyId?: string | undefined;
  polling?: boolean | undefined;
  /** The beginning of a name, of a word in it or of a label. */
  q?: string | undefined;
  /** Only what changed since then, the longest changed first; the sort does not count then. */
  since?: Date | undefined;
  sort: AccountSort;
  /** `nextCursor` of the page before. */
  cursor?: string | undefined;
  limit: number;
};

/** Clocks differ and statements take time: what changed shortly before is given again. */
const overlapSeconds = 10;

const orders = {
  newest: { field: "_id", direction: -1 },
  name: { field: "nameKey", direction: 1 },
  "last-inbound": { field: "lastInboundAt", direction: -1 },
  "last-poll": { field: "lastGoodPollAt", direction: -1 },
} as const;

const Value = z.union([z.string(), z.number(), z.null()]);
const Cursor = z.tuple([z.enum([...accountSorts, "changed"]), Value, z.string().max(64)]);
type Order = { name: AccountSort | "changed"; field: string; direction: 1 | -1 };

/**
 * One page of the accounts in a scope. Throws RequestError `request.cursor` for a cursor that is of
 * another sort or none of ours.
 */
export async function listAccounts(
  db: Db,
  page: AccountPage,
): Promise<{ items: Account[]; nextCursor: string | null }> {
  const order: Order =
    page.since === undefined
      ? { name: page.sort, ...orders[page.sort] }
      : { name: "changed", field: "updatedAt", direction: 1 };
  const filter = filterOf(page, order);
  if (filter === null) return { items: [], nextCursor: null };
  const found = await db
    .collection<Account>("accounts")
    .find(filter)
    .sort({ [order.field]: order.direction, _id: order.direction })
    .limit(page.limit)
    .toArray();
  const items = found.map((account) => Account.parse(account));
  const last = items.length === page.limit ? items.at(-1) : undefined;
  return { items, nextCursor: last ? cursorAt(last, order) : null };
}

/** Labels in use, each with how many bots bear it; what is cleaned up does not count. */
export async function listLabels(db: Db, scope: LabelScope): Promise<LabelCount[]> {
  const found = await db
    .collection<Account>("accounts")
    .aggregate([
      { $match: { labels: scope === null ? { $gte: "" } : { $in: [...scope] } } },
      { $match: { status: { $ne: "retired" } } },
      { $project: { labels: 1 } },
      { $unwind: "$labels" },
      { $group: { _id: "$labels", accounts: { $sum: 1 } } },
      { $sort: { _id: 1 } },
      { $limit: mostLabels },
    ])
    .toArray();
  return found.map((label) =>
    LabelCount.parse({ label: label["_id"], accounts: label["accounts"] }),
  );
}

export const LabelCount = z.object({ label: z.string(), accounts: z.number() });
export type LabelCount = z.infer<typeof LabelCount>;
const mostLabels = 500;

/** Null when nothing can be found. */
function filterOf(page: AccountPage, order: Order): Filter<Account> | null {
  const all: Filter<Account>[] = [];
  const scoped = inScope(page.scope);
  if (page.scope !== null) all.push(scoped);
  if (page.label !== undefined) all.push({ labels: page.label });
  if (page.status) all.push({ status: page.status });
  if (page.policyId !== undefined) all.push({ policyId: page.policyId });
  if (page.polling !== undefined) all.push({ polling: page.polling });
  if (page.q !== undefined) {
    const pattern = searchPattern(page.q);
    if (pattern === null) return null;
    all.push({ searchKeys: pattern });
  }
  if (page.since) all.push({ updatedAt: { $gte: plusSeconds(page.since, -overlapSeconds) } });
  const behind = page.cursor === undefined ? null : behindOf(page.cursor, order);
  if (behind) all.push(behind);
  // An index is chosen by what is at the top, so the order's own field is there at least.
  if (all.length === 0 && order.field === "nameKey") all.push({ nameKey: { $gte: "" } });
  return merged(all);
}

/** Top-level where no field comes twice, since an index is chosen by those. */
function merged(all: readonly Filter<Account>[]): Filter<Account> {
  const filter: Filter<Account> = {};
  const rest: Filter<Account>[] = [];
  for (const each of all) {
    if (Object.keys(each).some((field) => field in filter)) rest.push(each);
    else Object.assign(filter, each);
  }
  return rest.length === 0 ? filter : { ...filter, $and: rest };
}

function cursorAt(account: Account, { name, field }: Order): string {
  const value = valuesOf(account)[field];
  const at = value instanceof Date ? value.getTime() : (value ?? null);
  return Buffer.from(JSON.stringify([name, at, account._id])).toString("base64url");
}

function valuesOf(account: Account): Record<string, string | Date | null> {
  const { _id, nameKey, lastInboundAt, lastGoodPollAt, updatedAt } = account;
  return { _id, nameKey, lastInboundAt, lastGoodPollAt, updatedAt };
}

/** What comes behind a page's last account; those that never had the field's event come last. */
function behindOf(cursor: string, { name, field, direction }: Order): Filter<Account> {
  const [of, value, id] = readCursor(cursor);
  if (of !== name) throw wrongCursor();
  const beyond = direction === 1 ? "$gt" : "$lt";
  if (field === "_id") return { _id: { [beyond]: id } };
  if (value === null) return { [field]: null, _id: { [beyond]: id } };
  const at = typeof value === "number" ? new Date(value) : value;
  const branches: Filter<Account>[] = [
    { [field]: { [beyond]: at } },
    { [field]: at, _id: { [beyond]: id } },
  ];
  return { $or: direction === -1 ? [...branches, { [field]: null }] : branches };
}

function readCursor(cursor: string): z.infer<typeof Cursor> {
  try {
    return Cursor.parse(JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")));
  } catch (cause) {
    throw wrongCursor(cause);
  }
}

function wrongCursor(cause?: unknown): RequestError {
  return new RequestError(
    "invalid",
    "request.cursor",
    "This is no cursor of a page before with the same sort. Begin again without one.",
    {},
    { cause },
  );
}
