import type { Db } from "mongodb";
import { openToken, sealToken } from "#core/accounts/credentials.ts";
import { hermesCredentialOwner } from "#core/agent-runs/hermes-target.ts";
import type { CredentialKeys } from "#core/settings/credential-keys.ts";
import { InvariantError } from "#core/shared/errors.ts";

type Stored = { _id: string; botId?: string; credential?: string; hermesCredential?: string };
type Field = "credential" | "hermesCredential";

export type RotationReport = {
  /** The key that all credentials are under now, as far as they could be opened. */
  keyId: string;
  rotated: number;
  /** Were under the key before. */
  untouched: number;
  /** Could not be opened: by account, field and why. */
  failed: { accountId: string; field: Field; code: string }[];
  /** Keys of the setting that nothing stored is under any more. */
  mayGo: string[];
};

/**
 * Encrypts every stored credential anew under the first key. It may be repeated and may run beside
 * the hub: each statement names what it replaces, and who logged in meanwhile is under the new key.
 */
export async function rotateKeys(db: Db, keys: CredentialKeys): Promise<RotationReport> {
  const [first] = keys;
  if (!first) throw new InvariantError("credential.no_key", "There is no credential key.");
  const report: RotationReport = {
    keyId: first.id,
    rotated: 0,
    untouched: 0,
    failed: [],
    mayGo: [],
  };
  const accounts = db.collection<Stored>("accounts");
  const stored = accounts
    .find({ $or: [{ credential: { $exists: true } }, { hermesCredential: { $exists: true } }] })
    .project<Stored>({ botId: 1, credential: 1, hermesCredential: 1 });
  for await (const account of stored) {
    for (const field of ["credential", "hermesCredential"] as const) {
      await rotateOne(db, keys, { account, field }, report);
    }
  }
  const inUse = new Set(report.failed.length > 0 ? keys.map(({ id }) => id) : [first.id]);
  report.mayGo = keys.map(({ id }) => id).filter((id) => !inUse.has(id));
  return report;
}

async function rotateOne(
  db: Db,
  keys: CredentialKeys,
  { account, field }: { account: Stored; field: Field },
  report: RotationReport,
): Promise<void> {
  const sealed = account[field];
  if (sealed === undefined) return;
  if (sealed.startsWith(`${report.keyId}.`)) {
    report.untouched += 1;
    return;
  }
  const owner = field === "credential" ? (account.botId ?? "") : hermesCredentialOwner(account._id);
  try {
    const anew = sealToken(keys, owner, openToken(keys, owner, sealed));
    const result = await db
      .collection<Stored>("accounts")
      .updateOne({ _id: account._id, [field]: sealed }, { $set: { [field]: anew } });
    report.rotated += result.modifiedCount;
  } catch (error) {
    if (!(error instanceof InvariantError)) throw error;
    report.failed.push({ accountId: account._id, field, code: error.code });
  }
}
