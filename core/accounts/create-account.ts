import { auditLine } from "#core/audit/record.ts";
import type { Actor } from "#core/audit/audit-line.ts";
import { policyStore } from "#core/policies/policy.store.ts";
import type { Deps } from "#core/shared/deps.ts";
import { freeLease, type Account } from "./account.ts";
import { accountStore } from "./account.store.ts";

export type NewAccount = {
  name: string;
  labels: readonly string[];
  owner: string | null;
  policyId: string;
};

/** Makes a bot that waits for its scan. Throws RequestError `policy.unknown`. */
export async function createAccount(
  deps: Deps,
  actor: Actor,
  wanted: NewAccount,
): Promise<Account> {
  await policyStore(deps.db).get(wanted.policyId);
  const account = newAccount(deps, actor, wanted);
  await accountStore(deps.db).insert(account);
  return account;
}

/** The document of a bot that nobody has scanned yet. */
export function newAccount(deps: Deps, actor: Actor, wanted: NewAccount): Account {
  const now = deps.clock.now();
  const id = deps.newId("account");
  return {
    _id: id,
    name: wanted.name,
    labels: [...wanted.labels],
    owner: wanted.owner,
    status: "pending_login",
    statusBeforeExpiry: null,
    policyId: wanted.policyId,
    echoContextToken: true,
    hermes: null,
    polling: false,
    scheduleWanted: "off",
    scheduleApplied: "off",
    scheduleDiffers: false,
    generation: 0,
    live: false,
    cursor: "",
    lease: freeLease,
    pollAfter: now,
    pollFailures: 0,
    lastGoodPollAt: null,
    lastInboundAt: null,
    loginExpiredAt: null,
    answerFrom: null,
    loggedInAt: null,
    expiryNotice: null,
    retiringSince: null,
    auditOutbox: [
      auditLine(deps, actor, "account.created", id, {
        name: wanted.name,
        policyId: wanted.policyId,
      }),
    ],
    createdAt: now,
    updatedAt: now,
    version: 1,
  };
}
