import { lookup } from "node:dns/promises";
import { accountStore } from "#core/accounts/account.store.ts";
import type { Account, AccountStatus } from "#core/accounts/account.ts";
import type { Actor } from "#core/audit/audit-line.ts";
import { auditLine, settleAudit } from "#core/audit/record.ts";
import { commonHeaders, keyHeader, rootOf } from "#core/hermes/hermes.headers.ts";
import { HermesSetupError } from "#core/hermes/hermes.errors.ts";
import { isPublicAddress, literalAddress } from "#core/hermes/public-address.ts";
import type { Deps } from "#core/shared/deps.ts";
import { RequestError } from "#core/shared/errors.ts";
import { sealSecrets } from "./hermes-target.ts";
import { waitingRunStore } from "./waiting-run.store.ts";

export type WantedHermes = {
  /** Ends in /v1 and names no profile. */
  baseUrl: string;
  profile?: string | null;
  /** Null: the one of the settings. */
  model?: string | null;
  /** May be left out where the host stays: it is never shown, and never sent anywhere else. */
  apiKey?: string;
  extraHeaders?: Record<string, string>;
};

export type OwnHermesDeps = Deps<"ownHermes" | "credentials">;

/** The addresses of a host name; throws Node's DNS errors. */
export type AddressesOf = (host: string) => Promise<string[]>;

const open: readonly AccountStatus[] = [
  "pending_login",
  "pending_approval",
  "approved",
  "suspended",
  "login_expired",
];

/**
 * Gives an account a Hermes of its own (for owners alone). What waits goes on there, what is at work
 * ends where it is. Throws RequestError `hermes.*` for what cannot be right, `account.status`.
 */
export async function setOwnHermes(
  deps: OwnHermesDeps,
  actor: Actor,
  accountId: string,
  wanted: WantedHermes,
  addressesOf: AddressesOf = resolve,
): Promise<Account> {
  const before = await accountStore(deps.db).get(accountId);
  const hermes = readWanted(wanted);
  await mustBePublic(deps, new URL(hermes.baseUrl), addressesOf);
  const credential = credentialFor(deps, before, hermes.baseUrl, wanted);
  return change(deps, before, {
    set: { hermes, hermesCredential: credential },
    audit: auditLine(deps, actor, "account.hermes_set", accountId, {
      before: before.hermes?.baseUrl ?? null,
      after: hermes.baseUrl,
      model: hermes.model,
      keyChanged: wanted.apiKey !== undefined,
    }),
  });
}

/** Has the Hermes of the settings answer for the account again; the key is forgotten. */
export async function removeOwnHermes(
  deps: Deps,
  actor: Actor,
  accountId: string,
): Promise<Account> {
  const before = await accountStore(deps.db).get(accountId);
  if (before.hermes === null) return before;
  return change(deps, before, {
    set: { hermes: null },
    unset: { hermesCredential: true },
    audit: auditLine(deps, actor, "account.hermes_removed", accountId, {
      before: before.hermes.baseUrl,
    }),
  });
}

/** The second step of a change, which the retry Lambda repeats when it was not made. */
export async function moveWaitingRuns(deps: Deps, account: Account): Promise<void> {
  const own = account.hermes?.baseUrl ?? null;
  const now = deps.clock.now();
  await waitingRunStore(deps.db).move({ accountId: account._id, own, now });
  await accountStore(deps.db).changeWhere(
    { _id: account._id, "hermes.baseUrl": own },
    { $unset: { hermesMoved: true }, $inc: { version: 1 } },
  );
}

type Change = {
  set: Partial<Account>;
  unset?: { hermesCredential: true };
  audit: Account["auditOutbox"][number];
};

async function change(deps: Deps, before: Account, wanted: Change): Promise<Account> {
  const after = await accountStore(deps.db).changeWhere(
    {
      _id: before._id,
      status: { $in: [...open] },
      // Two owners at once must not mix one's address with the other's key.
      "hermes.baseUrl": before.hermes?.baseUrl ?? null,
      hermesCredential: before.hermesCredential ?? { $exists: false },
    },
    {
      $set: { ...wanted.set, hermesMoved: true, updatedAt: deps.clock.now() },
      ...(wanted.unset ? { $unset: wanted.unset } : {}),
      $inc: { version: 1 },
      $push: { auditOutbox: wanted.audit },
    },
  );
  if (!after) throw refusalOf(before);
  await moveWaitingRuns(deps, after);
  await settleAudit(deps, after);
  return after;
}

function refusalOf({ _id, status }: Account): RequestError {
  if (open.includes(status)) {
    return new RequestError(
      "conflict",
      "account.changed",
      "The account was changed at the same moment. Look at it and try again.",
      { accountId: _id },
    );
  }
  return new RequestError(
    "conflict",
    "account.status",
    `The account is ${status}, so it gets no Hermes any more. Create a new bot.`,
    { accountId: _id, status },
  );
}

function readWanted({ baseUrl, profile = null, model = null, ...secrets }: WantedHermes) {
  const trimmed = baseUrl.trim().replace(/\/$/, "");
  try {
    const root = rootOf(trimmed);
    if (secrets.apiKey !== undefined) keyHeader(secrets.apiKey);
    commonHeaders("0", secrets.extraHeaders ?? {});
    const url = new URL(trimmed);
    if (url.username !== "" || url.password !== "")
      throw bad("Write no password into the address.");
    if (url.pathname.includes("/p/"))
      throw bad("Give the profile by its name, not in the address.");
    if (profile !== null && !/^[a-z0-9][a-z0-9_-]{0,63}$/.test(profile)) {
      throw bad("A profile's name has small letters, digits, - and _ only.");
    }
    return { baseUrl: profile === null ? `${root}/v1` : `${root}/p/${profile}/v1`, profile, model };
  } catch (error) {
    if (error instanceof HermesSetupError) throw bad(error.message);
    throw error;
  }
}

function bad(message: string): RequestError {
  return new RequestError("invalid", "hermes.unusable", message);
}

async function mustBePublic(
  { settings }: Deps<"ownHermes">,
  url: URL,
  addressesOf: AddressesOf,
): Promise<void> {
  if (settings.ownHermes.HERMES_ALLOW_PRIVATE) return;
  if (url.protocol !== "https:") throw bad("The address must begin with https://.");
  const literal = literalAddress(url);
  const addresses = literal === null ? await addressesOf(url.hostname) : [literal];
  if (addresses.length === 0) throw bad("The host name of this address is not known.");
  if (addresses.every(isPublicAddress)) return;
  throw bad("The address lies in a private network. Give Hermes a tunnel and write its address.");
}

async function resolve(host: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (cause) {
    throw new RequestError(
      "invalid",
      "hermes.unusable",
      "The host name of this address is not known.",
      {},
      { cause },
    );
  }
}

/** A stored key goes on only where it went before: nobody may have it sent to a host of theirs. */
function credentialFor(
  deps: Deps<"credentials">,
  { _id, hermes, hermesCredential }: Account,
  baseUrl: string,
  { apiKey, extraHeaders = {} }: WantedHermes,
): string {
  if (apiKey !== undefined) return sealSecrets(deps, _id, { apiKey, extraHeaders });
  const isSameHost = hermes !== null && new URL(hermes.baseUrl).origin === new URL(baseUrl).origin;
  if (isSameHost && hermesCredential !== undefined) return hermesCredential;
  throw bad("Write the key of this Hermes as well: a stored one is kept for its own host.");
}
