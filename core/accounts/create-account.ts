import { auditLine } from "#core/audit/record.ts";
import type { Actor } from "#core/audit/audit-line.ts";
import { policyStore } from "#core/policies/policy.store.ts";
import { isDuplicateKey } from "#core/database/duplicate-key.ts";
import type { Deps } from "#core/shared/deps.ts";
import { searchKeysOf } from "#core/shared/search-keys.ts";
import { freeLease, type Account } from "./account.ts";
import { accountStore } from "./account.store.ts";

export type NewAccount = {
  name: string;
  labels: readonly string[];
  owner: string | null;
  policyId: string;
  /** Whoever repeats a request under the same key gets the bot that the first one made. */
  createdUnder?: string | undefined;
};

/** Makes a bot that waits for its scan. Throws RequestError `policy.unknown`. */
export async function createAccount(
  deps: Deps,
  actor: Actor,
  wanted: NewAccount,
): Promise<Account> {
  await policyStore(deps.db).get(wanted.policyId);
  const account = newAccount(deps, actor, wanted);
  const store = accountStore(deps.db);
  try {
    await store.insert(account);
    return account;
  } catch (error) {
    const { createdUnder } = wanted;
    const made =
      createdUnder !== undefined && isDuplicateKey(error)
        ? await store.findCreatedUnder(createdUnder)
        : null;
    if (made) return made;
    throw error;
  }
}

/** What of a bot follows from its name and labels. */
export function namesOfAccount({ name, labels }: Pick<NewAccount, "name" | "labels">) {
  return {
    name,
    labels: [...labels],
    nameKey: nameKeyOf(name),
    searchKeys: searchKeysOf([name, ...labels]),
  };
}

function nameKeyOf(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}

/** The document of a bot that nobody has scanned yet. */
export function newAccount(deps: Deps, actor: Actor, wanted: NewAccount): Account {
  const now = deps.clock.now();
  const id = deps.newId("account");
  return {
    _id: id,
    ...namesOfAccount(wanted),
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
    rejectedFor: null,
    ...(wanted.createdUnder === undefined ? {} : { createdUnder: wanted.createdUnder }),
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
