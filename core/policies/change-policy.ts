import type { Db } from "mongodb";
import { z } from "zod";
import type { Account } from "#core/accounts/account.ts";
import { inScope, type LabelScope } from "#core/accounts/scope.ts";
import type { Actor, AuditLine } from "#core/audit/audit-line.ts";
import { auditLine, settleAudit } from "#core/audit/record.ts";
import { changed } from "#core/database/changed.ts";
import { isDuplicateKey } from "#core/database/duplicate-key.ts";
import type { Deps } from "#core/shared/deps.ts";
import { RequestError } from "#core/shared/errors.ts";
import { Policy } from "./policy.ts";
import { policyStore, searchKeysOfPolicy } from "./policy.store.ts";

/** A policy with what only its own document carries; the copies that runs keep have none of it. */
type StoredPolicy = Policy & {
  auditOutbox?: AuditLine[];
  createdUnder?: string;
  searchKeys?: string[];
  /** When it was last changed, by which a list tells what is newer. */
  changedAt?: Date;
};

const Words = z.string().trim().min(1).max(1_000);

/** What people choose of a policy; whether a person must look follows from the mode. */
export const WantedPolicy = Policy.omit({
  _id: true,
  version: true,
  requiresHumanReview: true,
}).extend({
  name: z.string().trim().min(1).max(100),
  noticeText: Words.optional(),
  busyNoticeText: Words.optional(),
  continueText: Words.optional(),
  continueWords: z.array(z.string().trim().min(1).max(50)).min(1).max(50).optional(),
});
export type WantedPolicy = z.infer<typeof WantedPolicy>;

/** Makes a policy; a repeat under the same key gives the one that is there. */
export async function createPolicy(
  deps: Deps,
  actor: Actor,
  wanted: WantedPolicy,
  createdUnder?: string,
): Promise<Policy> {
  const policies = deps.db.collection<StoredPolicy>("policies");
  const _id = deps.newId("policy");
  const policy = Policy.parse({ ...complete(wanted), _id, version: 1 });
  const auditOutbox = [
    auditLine(deps, actor, "policy.created", _id, { after: JSON.stringify(complete(wanted)) }),
  ];
  try {
    const key = createdUnder === undefined ? {} : { createdUnder };
    const searchKeys = searchKeysOfPolicy(policy);
    const changedAt = deps.clock.now();
    await policies.insertOne({ ...policy, ...key, searchKeys, changedAt, auditOutbox });
  } catch (error) {
    const made =
      createdUnder !== undefined && isDuplicateKey(error)
        ? await policies.findOne({ createdUnder })
        : null;
    if (made) return Policy.parse(made);
    throw error;
  }
  await settleAudit(deps, { _id, auditOutbox }, "policies");
  return policy;
}

/**
 * Changes a policy as the person saw it at `version`; it holds from the next run on. What already is
 * so changes nothing. Throws RequestError `policy.unknown`, `policy.changed`.
 */
export async function changePolicy(
  deps: Deps,
  actor: Actor,
  id: string,
  { version, ...wanted }: WantedPolicy & { version: number },
): Promise<Policy> {
  const before = await policyStore(deps.db).get(id);
  const after = Policy.parse({ ...complete(wanted), _id: id, version: before.version });
  const differing = differences(before, after);
  if (differing.length === 0) return before;
  const { version: _, ...fields } = after;
  const gone = Object.keys(before).filter((field) => !(field in after));
  const saved = await deps.db.collection<StoredPolicy>("policies").findOneAndUpdate(
    { _id: id, version },
    {
      ...changed,
      $set: { ...fields, searchKeys: searchKeysOfPolicy(after) },
      ...(gone.length === 0
        ? {}
        : { $unset: Object.fromEntries(gone.map((field) => [field, true])) }),
      $push: {
        auditOutbox: auditLine(deps, actor, "policy.changed", id, {
          before: only(before, differing),
          after: only(after, differing),
        }),
      },
    },
    { returnDocument: "after" },
  );
  if (!saved) throw changedMeanwhile(id);
  await settleAudit(deps, saved, "policies");
  return Policy.parse(saved);
}

export const PolicyUser = z.object({
  _id: z.string(),
  name: z.string(),
  status: z.string(),
  /** Whether a Hermes of its own answers for it. */
  hasOwnHermes: z.boolean(),
});
export type PolicyUser = z.infer<typeof PolicyUser>;

/** The bots in a scope that a policy is for, the oldest first. */
export async function listPolicyUsers(
  db: Db,
  policyId: string,
  scope: LabelScope,
  limit: number,
): Promise<PolicyUser[]> {
  const found = await db
    .collection<Account>("accounts")
    .find({ policyId, ...inScope(scope) }, { projection: { name: 1, status: 1, hermes: 1 } })
    .sort({ _id: 1 })
    .limit(limit)
    .toArray();
  return found.map((account) =>
    PolicyUser.parse({ ...account, hasOwnHermes: (account.hermes ?? null) !== null }),
  );
}

/** How many bots each policy is for; what is cleaned up does not count. */
export async function countPolicyUsers(db: Db, scope: LabelScope): Promise<Map<string, number>> {
  const found = await db
    .collection<Account>("accounts")
    .aggregate([
      { $match: { policyId: { $gte: "" }, status: { $ne: "retired" }, ...inScope(scope) } },
      { $group: { _id: "$policyId", count: { $sum: 1 } } },
    ])
    .toArray();
  const Counted = z.object({ _id: z.string(), count: z.number() });
  return new Map(found.map((each) => Counted.parse(each)).map(({ _id, count }) => [_id, count]));
}

function complete(wanted: WantedPolicy) {
  return { ...wanted, requiresHumanReview: wanted.mode === "manual-review" };
}

function differences(before: Policy, after: Policy): string[] {
  const fields = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...fields].filter((field) => only(before, [field]) !== only(after, [field]));
}

function only(policy: Policy, fields: readonly string[]): string {
  const kept = Object.entries(policy).filter(([field]) => fields.includes(field));
  return JSON.stringify(Object.fromEntries(kept));
}

function changedMeanwhile(id: string): RequestError {
  return new RequestError(
    "conflict",
    "policy.changed",
    "Somebody changed this policy meanwhile; nothing was changed.",
    { policyId: id },
    { whatToDo: "Read it again, look at what is new, and save once more." },
  );
}
