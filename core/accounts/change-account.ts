import type { Actor, AuditLine } from "#core/audit/audit-line.ts";
import { auditLine, settleAudit } from "#core/audit/record.ts";
import { policyStore } from "#core/policies/policy.store.ts";
import { RequestError } from "#core/shared/errors.ts";
import type { Deps } from "#core/shared/deps.ts";
import { freeLease, type Account, type AccountStatus } from "./account.ts";
import { accountStore, type StatusChange } from "./account.store.ts";
import { namesOfAccount } from "./create-account.ts";

/** What is being cleaned up stays as it is. */
const changeable: readonly AccountStatus[] = [
  "pending_login",
  "pending_approval",
  "approved",
  "suspended",
  "login_expired",
];

type StatusStep = Pick<StatusChange, "from" | "to" | "set" | "unset" | "nextGeneration"> & {
  action: string;
  details?: AuditLine["details"];
};

/**
 * What operators do with an account. Each is one guarded statement; asking for what already holds
 * changes nothing and gives the account; what is not allowed throws RequestError `account.status`.
 */
export async function approve(
  deps: Deps,
  actor: Actor,
  id: string,
  policyId?: string,
): Promise<Account> {
  if (policyId === undefined) return step(deps, actor, id, approving);
  await policyStore(deps.db).get(policyId);
  // In one statement: a bot never works under a policy that nobody meant for it, and whoever comes
  // second changes nothing.
  const given = { set: { policyId }, details: { policyId } };
  const account = await step(deps, actor, id, { ...approving, ...given });
  if (account.policyId === policyId) return account;
  throw new RequestError(
    "conflict",
    "account.status",
    `The account was approved before, under the policy ${account.policyId}; nothing was changed. ` +
      "Change its policy if you mean to.",
    { accountId: id, status: account.status },
  );
}

const approving: StatusStep = {
  action: "account.approved",
  from: ["pending_approval"],
  to: "approved",
};

/** Stops polling and answers at once; the schedule goes, the lease stays until its hold returns. */
export function suspend(deps: Deps, actor: Actor, id: string): Promise<Account> {
  return step(deps, actor, id, {
    action: "account.suspended",
    from: ["approved"],
    to: "suspended",
    set: { scheduleWanted: "off", scheduleDiffers: true },
  });
}

export async function resume(deps: Deps, actor: Actor, id: string): Promise<Account> {
  const account = await accountStore(deps.db).get(id);
  const scheduleWanted = account.polling ? "on" : "off";
  return step(deps, actor, id, {
    action: "account.resumed",
    from: ["suspended"],
    to: "approved",
    set: { scheduleWanted, scheduleDiffers: true, pollAfter: deps.clock.now(), pollFailures: 0 },
  });
}

export function startPolling(deps: Deps, actor: Actor, id: string): Promise<Account> {
  return setPolling(deps, actor, id, "account.polling_started", {
    polling: true,
    scheduleWanted: "on",
    scheduleDiffers: true,
    pollAfter: deps.clock.now(),
    pollFailures: 0,
  });
}

export function stopPolling(deps: Deps, actor: Actor, id: string): Promise<Account> {
  return setPolling(deps, actor, id, "account.polling_stopped", {
    polling: false,
    scheduleWanted: "off",
    scheduleDiffers: true,
  });
}

/** Takes effect with the next run; a run under way keeps the stricter of both policies. */
export async function setPolicy(
  deps: Deps,
  actor: Actor,
  id: string,
  policyId: string,
): Promise<Account> {
  await policyStore(deps.db).get(policyId);
  const before = await accountStore(deps.db).get(id);
  if (before.policyId === policyId) return before;
  const after = await accountStore(deps.db).changeFields({
    id,
    now: deps.clock.now(),
    in: changeable,
    set: { policyId },
    audit: auditLine(deps, actor, "account.policy_changed", id, {
      before: before.policyId,
      after: policyId,
    }),
  });
  return settled(deps, after ?? refuse(before, "its policy cannot be changed"));
}

/** Takes effect with the next bubble. */
export async function setEchoContextToken(
  deps: Deps,
  actor: Actor,
  id: string,
  echoContextToken: boolean,
): Promise<Account> {
  const before = await accountStore(deps.db).get(id);
  if (before.echoContextToken === echoContextToken) return before;
  const after = await accountStore(deps.db).changeFields({
    id,
    now: deps.clock.now(),
    in: changeable,
    set: { echoContextToken },
    audit: auditLine(deps, actor, "account.echo_context_token_changed", id, {
      before: before.echoContextToken,
      after: echoContextToken,
    }),
  });
  return settled(deps, after ?? refuse(before, "this cannot be changed"));
}

/**
 * Begins the clean-up: the login is void at once, nothing is polled or sent any more. The retry
 * Lambda deletes the rest when every worker that knew the old login is over.
 */
export function retire(deps: Deps, actor: Actor, id: string): Promise<Account> {
  return step(deps, actor, id, {
    ...retiring(deps),
    action: "account.retiring",
    from: changeable,
  });
}

/** Says no to a bot that was scanned: it is cleaned up, and the reason stays with it. */
export function reject(deps: Deps, actor: Actor, id: string, reason: string): Promise<Account> {
  const { set, ...end } = retiring(deps);
  return step(deps, actor, id, {
    ...end,
    action: "account.rejected",
    details: { reason },
    from: ["pending_approval"],
    set: { ...set, rejectedFor: reason },
  });
}

export type WantedNames = {
  name?: string | undefined;
  labels?: readonly string[] | undefined;
  owner?: string | null | undefined;
};

/** So many people would have to change the same bot's name at the same moment. */
const mostTries = 5;

/** Changes what people call it. What is not given stays, also where somebody changes it meanwhile. */
export async function describe(
  deps: Deps,
  actor: Actor,
  id: string,
  wanted: WantedNames,
): Promise<Account> {
  const store = accountStore(deps.db);
  let before = await store.get(id);
  for (let tries = 0; tries < mostTries; tries++) {
    const names = namesOfAccount({
      name: wanted.name ?? before.name,
      labels: wanted.labels ?? before.labels,
    });
    const owner = wanted.owner === undefined ? before.owner : wanted.owner;
    const [was, is] = [wordsOf(before), wordsOf({ ...names, owner })];
    if (was === is) return before;
    const after = await store.changeFields({
      id,
      now: deps.clock.now(),
      in: changeable,
      // Name and labels are searched for by one field, which is made of both.
      guard: { name: before.name, labels: before.labels },
      set: { ...names, ...(wanted.owner === undefined ? {} : { owner }) },
      audit: auditLine(deps, actor, "account.described", id, { before: was, after: is }),
    });
    if (after) return settled(deps, after);
    before = await store.get(id);
    if (!changeable.includes(before.status)) break;
  }
  return refuse(before, "its name cannot be changed");
}

function wordsOf({ name, labels, owner }: Pick<Account, "name" | "labels" | "owner">): string {
  return JSON.stringify({ name, labels, owner });
}

function retiring(deps: Deps) {
  return {
    to: "retiring",
    set: {
      polling: false,
      live: false,
      scheduleWanted: "off",
      scheduleDiffers: true,
      lease: freeLease,
      cursor: "",
      expiryNotice: null,
      retiringSince: deps.clock.now(),
    },
    unset: ["credential"],
    nextGeneration: true,
  } satisfies Partial<StatusStep>;
}

async function step(deps: Deps, actor: Actor, id: string, wanted: StatusStep): Promise<Account> {
  const store = accountStore(deps.db);
  const { action, details, ...change } = wanted;
  const after = await store.changeStatus({
    ...change,
    id,
    now: deps.clock.now(),
    audit: auditLine(deps, actor, action, id, details),
  });
  if (after) return settled(deps, after);
  const account = await store.get(id);
  if (account.status === wanted.to) return account;
  return refuse(account, `it cannot become ${statusWord(wanted.to)}`);
}

async function setPolling(
  deps: Deps,
  actor: Actor,
  id: string,
  action: string,
  set: Partial<Account> & Pick<Account, "polling">,
): Promise<Account> {
  const store = accountStore(deps.db);
  const after = await store.changeFields({
    id,
    now: deps.clock.now(),
    in: ["approved"],
    guard: { polling: !set.polling },
    set,
    audit: auditLine(deps, actor, action, id),
  });
  if (after) return settled(deps, after);
  const account = await store.get(id);
  if (account.status === "approved" && account.polling === set.polling) return account;
  return refuse(account, "its polling cannot be started or stopped");
}

async function settled(deps: Deps, account: Account): Promise<Account> {
  await settleAudit(deps, account);
  return account;
}

function refuse(account: Account, consequence: string): never {
  throw new RequestError(
    "conflict",
    "account.status",
    `The account is ${statusWord(account.status)}, so ${consequence}. ${nextStep[account.status]}`,
    { accountId: account._id, status: account.status },
  );
}

function statusWord(status: AccountStatus): string {
  return status.replace("_", " ");
}

const nextStep: Record<AccountStatus, string> = {
  pending_login: "Start a login and scan the QR code first.",
  pending_approval: "Approve it first.",
  approved: "It already works.",
  suspended: "Resume it first.",
  login_expired: "Start a login and have the same WeChat user scan it again.",
  retiring: "It is being cleaned up; create a new bot.",
  retired: "It was cleaned up; create a new bot.",
};
