import type { Db } from "mongodb";
import { Account } from "#core/accounts/account.ts";
import { hermesOf, type HermesSettings } from "#core/agent-runs/hermes-target.ts";
import { readSettings } from "#core/settings/read-settings.ts";
import { SettingsError } from "#core/shared/errors.ts";
import { linesOf, type CheckLine } from "./check-line.ts";
import type { DoctorContext } from "./context.ts";
import { faultOfRow } from "./hermes-replies.ts";

const { pass, fail, skip } = linesOf("hermes");
/** More than enough to see what is wrong. */
const mostAsked = 20;

/** Each Hermes that an account has for its own, asked with its own key; none where none has one. */
export async function checkOwnHermes(context: DoctorContext, db: Db | null): Promise<CheckLine[]> {
  if (db === null) return [];
  const living = { "hermes.baseUrl": { $exists: true }, live: true };
  const found = await db.collection("accounts").find(living).limit(mostAsked).toArray();
  const accounts = found.map((account) => Account.parse(account));
  if (accounts.length === 0) return [];
  try {
    const settings = readSettings(["hermes", "ownHermes", "credentials"], context.env);
    const asked = accounts.map((account) => ask(context, settings, account));
    return await Promise.all(asked);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return [skip("own", "accounts have a Hermes of their own; the settings of Hermes come first")];
  }
}

async function ask(
  { waitsMs }: DoctorContext,
  settings: HermesSettings["settings"],
  account: Account,
): Promise<CheckLine> {
  const name = `own of ${account.name}`;
  const host = new URL(account.hermes?.baseUrl ?? settings.hermes.HERMES_API_BASE_URL).host;
  const probe = await hermesOf({ settings }, account).probe({ timeoutMs: waitsMs.read });
  if (probe.state === "up") return pass(name, `${host} answers and takes its key`);
  return fail(name, faultOfRow(probe.row ?? "not_hermes"), host);
}
