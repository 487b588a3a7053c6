import type { Db, Filter } from "mongodb";
import { RequestError } from "#core/shared/errors.ts";
import type { Account } from "./account.ts";

/** The account labels that a user is limited to; null: no limit. */
export type LabelScope = readonly string[] | null;

/** The accounts of a scope, as a filter over `accounts`. */
export function inScope(scope: LabelScope): Filter<Account> {
  return scope === null ? {} : { labels: { $in: [...scope] } };
}

/** Throws `account.unknown` for an account outside the scope, as for one that is not there. */
export async function requireInScope(db: Db, scope: LabelScope, accountId: string): Promise<void> {
  if (scope === null) return;
  const filter = { _id: accountId, ...inScope(scope) };
  const found = await db
    .collection<Account>("accounts")
    .findOne(filter, { projection: { _id: 1 } });
  if (!found) throw unknownAccount(accountId);
}

/** The ids of the accounts in a scope, for what is stored by account; null: all. */
export async function accountIdsIn(db: Db, scope: LabelScope): Promise<string[] | null> {
  if (scope === null) return null;
  const accounts = db.collection<Account>("accounts").find(inScope(scope));
  return (await accounts.project<{ _id: string }>({ _id: 1 }).toArray()).map(({ _id }) => _id);
}

export function unknownAccount(accountId: string): RequestError {
  const message = `There is no account ${accountId}.`;
  return new RequestError("not_found", "account.unknown", message, { accountId });
}
