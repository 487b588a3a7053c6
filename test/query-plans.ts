import type { Db, Document } from "mongodb";
import { declaredIndexes } from "#core/database/indexes.ts";

/** One selection that a command asks the database for. */
export type Statement = { collection: string; filter: Document };

/** What a command selects, also inside the look-ups of an aggregate; none for inserts and the like. */
export function statementsOf(command: Document): Statement[] {
  const { find, findAndModify, update, delete: remove, aggregate } = command;
  if (find) return [{ collection: find, filter: command["filter"] ?? {} }];
  if (findAndModify) return [{ collection: findAndModify, filter: command["query"] ?? {} }];
  if (update) return parts(command["updates"]).map(({ q }) => ({ collection: update, filter: q }));
  if (remove) return parts(command["deletes"]).map(({ q }) => ({ collection: remove, filter: q }));
  if (command["bulkWrite"]) return ofBulk(command);
  return aggregate ? ofPipeline(aggregate, parts(command["pipeline"])) : [];
}

/** Of a bulk over several collections, whose statements name theirs by its place in a list. */
function ofBulk(command: Document): Statement[] {
  const names = parts(command["nsInfo"]).map(({ ns }) => String(ns).replace(/^[^.]+\./, ""));
  return parts(command["ops"]).flatMap(({ update, filter }) => {
    const collection = typeof update === "number" ? names[update] : undefined;
    return collection === undefined ? [] : [{ collection, filter }];
  });
}

function ofPipeline(collection: string, stages: Document[]): Statement[] {
  const own = stages[0]?.["$match"];
  const lookups = stages.flatMap(({ $lookup }) => {
    if (!$lookup) return [];
    const { from, foreignField, pipeline } = $lookup;
    if (!foreignField) return ofPipeline(from, parts(pipeline));
    const filter = { ...parts(pipeline)[0]?.["$match"], [foreignField]: "one value" };
    return [{ collection: from, filter }];
  });
  return own ? [{ collection, filter: own }, ...lookups] : lookups;
}

function parts(value: unknown): Document[] {
  return Array.isArray(value) ? value : [];
}

/** The name of a declared index, or of the one on `_id`, that narrows the selection; null for none. */
export function servedBy({ collection, filter }: Statement): string | null {
  if (narrows(filter["_id"])) return "_id_";
  const found = declaredIndexes.find((index) => {
    const [first = ""] = Object.keys(index.key);
    return (
      index.collection === collection &&
      narrows(filter[first]) &&
      (!index.sparse || provesPresence(filter[first])) &&
      isWithin(filter, index.partialFilterExpression ?? {})
    );
  });
  return found?.name ?? null;
}

function narrows(condition: unknown): boolean {
  if (condition === undefined) return false;
  return !isOperators(condition) || !("$ne" in condition || "$nin" in condition);
}

/**
 * Whether MongoDB takes every document that the query selects to lie within an index's filter.
 * It compares equalities, ranges, `$in` and `$exists` only: a query for a string is not seen to lie
 * within `$type: "string"` (mongodb/mongo, src/mongo/db/matcher/expression_algo.cpp, isSubsetOf).
 */
export function isWithin(query: Document, indexFilter: Document): boolean {
  return Object.entries(indexFilter).every(([field, wanted]) => {
    const asked: unknown = query[field];
    if (!isOperators(wanted)) return asked === wanted;
    return wanted["$exists"] === true && provesPresence(asked);
  });
}

function provesPresence(asked: unknown): boolean {
  if (asked === undefined || asked === null) return false;
  if (!isOperators(asked)) return true;
  const { $in } = asked;
  if (Array.isArray($in)) return !$in.includes(null);
  if (asked["$exists"] === true) return true;
  return ["$gt", "$gte", "$lt", "$lte", "$eq", "$type"].some((operator) => operator in asked);
}

function isOperators(value: unknown): value is Document {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.keys(value).length > 0 &&
    Object.keys(value).every((key) => key.startsWith("$"))
  );
}

/**
 * Whether this very server says that it would go through the whole collection. SecantusDB, which may
 * stand in for MongoDB, plans simple selections only; of the others it says nothing.
 */
export async function scansAll(db: Db, { collection, filter }: Statement): Promise<boolean> {
  const { queryPlanner, serverInfo } = await db.command({
    explain: { find: collection, filter },
    verbosity: "queryPlanner",
  });
  const isSimple =
    Object.keys(filter).length === 1 && !/"\$(in|elemMatch)"/.test(JSON.stringify(filter));
  if (serverInfo?.host === "secantus" && !isSimple) return false;
  return JSON.stringify(queryPlanner).includes("COLLSCAN");
}
