import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { CredentialKeys } from "#core/settings/credential-keys.ts";
import { InvariantError } from "#core/shared/errors.ts";

const algorithm = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Encrypts a bot token as `keyId.base64url(nonce, tag, ciphertext)` with AES-256-GCM under the first
 * key, bound to the bot it belongs to, so that a token copied to another account does not open.
 */
export function sealToken(keys: CredentialKeys, botId: string, token: string): string {
  const [first] = keys;
  if (!first) throw new InvariantError("credential.no_key", "There is no credential key.");
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, first.key, nonce);
  cipher.setAAD(Buffer.from(botId));
  const sealed = Buffer.concat([cipher.update(token, "utf8"), cipher.final()]);
  return `${first.id}.${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url")}`;
}

/**
 * Opens what `sealToken` made, under whichever key it names. Throws InvariantError when that key is
 * not among the settings or the stored text was changed.
 */
export function openToken(keys: CredentialKeys, botId: string, stored: string): string {
  const [keyId = "", encoded = ""] = stored.split(".");
  const found = keys.find(({ id }) => id === keyId);
  if (!found) {
    throw new InvariantError(
      "credential.unknown_key",
      "A stored bot token was encrypted under a key that CREDENTIAL_KEY no longer names. Add the old key behind the new one.",
      { keyId },
    );
  }
  try {
    return decrypt(found.key, botId, Buffer.from(encoded, "base64url"));
  } catch (cause) {
    throw new InvariantError(
      "credential.damaged",
      "A stored bot token does not open under its key. The bot must be scanned again.",
      { keyId, botId },
      { cause },
    );
  }
}

function decrypt(key: Buffer, botId: string, bytes: Buffer): string {
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(Buffer.from(botId));
  decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
  const token = decipher.update(bytes.subarray(nonceBytes + tagBytes));
  return Buffer.concat([token, decipher.final()]).toString("utf8");
}
