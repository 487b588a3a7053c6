import type { Db, Filter } from "mongodb";
import { upsertAgain } from "#core/database/duplicate-key.ts";
import { listChanged, type ChangedPage } from "#core/database/list-changed.ts";
import { RequestError } from "#core/shared/errors.ts";
import type { Place } from "#core/shared/pages.ts";
import { searchKeysOf, searchPattern } from "#core/shared/search-keys.ts";
import { builtInPolicies, Policy } from "./policy.ts";

/** What only a list asks of a policy; the copies that runs keep have none of it. */
type Listed = Policy & { searchKeys?: string[] };

const mostListed = 200;

export function policyStore(db: Db) {
  const policies = db.collection<Listed>("policies");
  return {
    /** Puts the built-in policies there; one that an operator changed stays as it is. */
    async seed(): Promise<void> {
      for (const { _id, ...rest } of builtInPolicies) {
        await upsertAgain(() =>
          policies.updateOne(
            { _id },
            { $setOnInsert: { ...rest, searchKeys: searchKeysOfPolicy(rest) } },
            { upsert: true },
          ),
        );
      }
    },

    async find(id: string): Promise<Policy | null> {
      const found = await policies.findOne({ _id: id });
      return found && Policy.parse(found);
    },

    async get(id: string): Promise<Policy> {
      const found = await this.find(id);
      if (found) return found;
      throw new RequestError(
        "not_found",
        "policy.unknown",
        `There is no policy "${id}". List the policies and name one of them.`,
        { policyId: id },
      );
    },

    /** The built-in ones first, then by age; `after` is the last id of the page before. */
    async list({ after = "", limit = mostListed, q }: PolicyPage = {}): Promise<Policy[]> {
      const searchKeys = searched(q);
      if (searchKeys === null) return [];
      const filter: Filter<Listed> = { _id: { $gt: after }, ...searchKeys };
      const found = await policies.find(filter).sort({ _id: 1 }).limit(limit).toArray();
      return found.map((policy) => Policy.parse(policy));
    },

    /** Those that changed since a list was read. */
    async listChanged({ q, ...page }: ChangedPage & { q?: string | undefined }): Promise<{
      items: Policy[];
      next: Place | null;
    }> {
      const searchKeys = searched(q);
      if (searchKeys === null) return { items: [], next: null };
      const { found, next } = await listChanged(db, "policies", searchKeys, page);
      return { items: found.map((policy) => Policy.parse(policy)), next };
    },
  };
}

/** What people find a policy by. */
export function searchKeysOfPolicy({ name }: Pick<Policy, "name">): string[] {
  return searchKeysOf([name]);
}

type PolicyPage = {
  after?: string | undefined;
  limit?: number;
  /** The beginning of a name or of a word in it. */
  q?: string | undefined;
};

/** null: a search of nothing, which finds nothing. */
function searched(q: string | undefined): Filter<Listed> | null {
  if (q === undefined) return {};
  const searchKeys = searchPattern(q);
  return searchKeys && { searchKeys };
}
