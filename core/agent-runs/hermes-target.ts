import { z } from "zod";
import type { Account } from "#core/accounts/account.ts";
import { openToken, sealToken } from "#core/accounts/credentials.ts";
import { createHermesClient, type HermesClient } from "#core/hermes/hermes.client.ts";
import type { Deps } from "#core/shared/deps.ts";
import { InvariantError } from "#core/shared/errors.ts";

export type HermesDeps = Deps<"hermes" | "ownHermes" | "credentials">;
/** All that it takes to know whom to ask. */
export type HermesSettings = Pick<HermesDeps, "settings">;

/** The Hermes that answers for an account. */
export type HermesTarget = {
  /** Of its record in `hermes`: base URL and profile. */
  id: string;
  /** The base URL of an account's own; null for the one of the settings, wherever that lies. */
  own: string | null;
  /** What a run says of who answered: `hermes`, or the profile's name. */
  agent: string;
  model: string;
};

/** What is kept encrypted of an own Hermes. */
const Secrets = z.object({
  apiKey: z.string(),
  extraHeaders: z.record(z.string(), z.string()).default({}),
});
export type HermesSecrets = z.infer<typeof Secrets>;

export function hermesTargetOf(
  { settings }: Pick<Deps<"hermes">, "settings">,
  account: Pick<Account, "hermes"> | null,
): HermesTarget {
  const { HERMES_API_BASE_URL, HERMES_MODEL } = settings.hermes;
  const own = account?.hermes ?? null;
  return {
    id: own?.baseUrl ?? HERMES_API_BASE_URL,
    own: own?.baseUrl ?? null,
    agent: own?.profile ?? "hermes",
    model: own?.model ?? HERMES_MODEL,
  };
}

/**
 * The Hermes of an account, or the one of the settings for null. An own one is held to the open
 * internet, unless HERMES_ALLOW_PRIVATE says otherwise, and gets none of the settings' secrets.
 */
export function hermesOf(
  deps: HermesSettings,
  account: Pick<Account, "_id" | "hermes" | "hermesCredential"> | null,
): HermesClient {
  const { id, own, model } = hermesTargetOf(deps, account);
  if (own === null || account === null) {
    const { HERMES_API_KEY, HERMES_EXTRA_HEADERS } = deps.settings.hermes;
    return createHermesClient({
      baseUrl: id,
      apiKey: HERMES_API_KEY,
      model,
      extraHeaders: HERMES_EXTRA_HEADERS,
    });
  }
  return createHermesClient({
    baseUrl: own,
    model,
    ...openSecrets(deps, account),
    publicOnly: !deps.settings.ownHermes.HERMES_ALLOW_PRIVATE,
  });
}

/** Encrypts them for this account alone, as a bot token is (`accounts/credentials.ts`). */
export function sealSecrets(
  { settings }: Pick<Deps<"credentials">, "settings">,
  accountId: string,
  secrets: HermesSecrets,
): string {
  return sealToken(
    settings.credentials.CREDENTIAL_KEY,
    hermesCredentialOwner(accountId),
    JSON.stringify(secrets),
  );
}

function openSecrets(
  { settings }: Pick<Deps<"credentials">, "settings">,
  { _id, hermesCredential }: Pick<Account, "_id" | "hermesCredential">,
): HermesSecrets {
  if (hermesCredential === undefined) {
    throw new InvariantError("account.no_hermes_key", "The account's own Hermes has no key.", {
      accountId: _id,
    });
  }
  const { CREDENTIAL_KEY } = settings.credentials;
  return Secrets.parse(
    JSON.parse(openToken(CREDENTIAL_KEY, hermesCredentialOwner(_id), hermesCredential)),
  );
}

/** What an account's own Hermes secrets are bound to, as a bot token is to its bot. */
export function hermesCredentialOwner(accountId: string): string {
  return `hermes of ${accountId}`;
}
