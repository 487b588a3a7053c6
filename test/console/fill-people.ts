import type { AuditLine } from "#core/audit/audit-line.ts";
import { builtInPolicies, type Policy } from "#core/policies/policy.ts";
import { searchKeysOfPolicy } from "#core/policies/policy.store.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { nameKeyOf, roles, type User } from "#core/users/user.ts";
import { searchKeysOf } from "#core/shared/search-keys.ts";
import type { SmallHubDeps } from "#test/small-hub.ts";
import { at } from "./made-up.ts";

/** Nobody writes more of them by hand, and the page reads them all at once. */
const mostPolicies = 100;

const done = [
  { action: "account.approved", details: { policyId: "auto" } },
  { action: "review.approved", details: { edited: true } },
  { action: "conversation.taken_over", details: {} },
  { action: "messages.read", details: {} },
  { action: "account.login_expired", details: {} },
  { action: "user.rights_changed", details: { roleBefore: "viewer", role: "operator" } },
];

/** As many people, policies and audit lines of all kinds. */
export async function fillPeople(
  deps: SmallHubDeps,
  { rows, subjectId }: { rows: number; subjectId: string },
): Promise<void> {
  const each = <T>(count: number, make: (index: number) => T) =>
    Array.from({ length: count }, (_, index) => make(index));
  const { db } = deps;
  await db.collection<User>("users").insertMany(each(rows, (index) => madeUpUser(deps, index)));
  await db
    .collection<Policy>("policies")
    .insertMany(each(Math.min(rows, mostPolicies), madeUpPolicy));
  await db.collection<AuditLine>("audit_log").insertMany(
    each(rows, (index) => ({
      _id: deps.newId("audit"),
      at: plusSeconds(deps.clock.now(), -70 * (rows - index)),
      actor: index % 6 === 4 ? { kind: "hub", id: "hub" } : { kind: "operator", id: "mei" },
      subjectId,
      ...at(done, index),
    })),
  );
}

function madeUpUser(deps: SmallHubDeps, index: number): User {
  const now = deps.clock.now();
  const name = `${at(["Front desk", "前台", "Night shift"], index)} ${index + 1}`;
  return {
    _id: deps.newId("user"),
    name,
    nameKey: nameKeyOf(name),
    searchKeys: searchKeysOf([name]),
    role: at(roles, index),
    labels: index % 3 === 0 ? ["retail"] : null,
    locale: null,
    password: null,
    link: null,
    sessions: [],
    tokens: [],
    disabledAt: index % 8 === 7 ? now : null,
    auditOutbox: [],
    createdAt: plusSeconds(now, -3_600 * index),
    updatedAt: now,
    version: 1,
  };
}

function madeUpPolicy(index: number): Policy {
  const name = `${at(["Weekdays", "周末", "Clinics with a long name that has to be cut"], index)} ${index + 1}`;
  return {
    ...at(builtInPolicies, index),
    _id: `policy_made_up_${index}`,
    name,
    searchKeys: searchKeysOfPolicy({ name }),
  };
}
