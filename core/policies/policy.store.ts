import type { Db } from "mongodb";
import { upsertAgain } from "#core/database/duplicate-key.ts";
import { RequestError } from "#core/shared/errors.ts";
import { builtInPolicies, Policy } from "./policy.ts";

export function policyStore(db: Db) {
  const policies = db.collection<Policy>("policies");
  return {
    /** Puts the built-in policies there; one that an operator changed stays as it is. */
    async seed(): Promise<void> {
      for (const { _id, ...rest } of builtInPolicies) {
        await upsertAgain(() =>
          policies.updateOne({ _id }, { $setOnInsert: rest }, { upsert: true }),
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

    async list(): Promise<Policy[]> {
      const found = await policies.find({}).sort({ _id: 1 }).limit(200).toArray();
      return found.map((policy) => Policy.parse(policy));
    },
  };
}
