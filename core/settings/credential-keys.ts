import { z } from "zod";

/** Keys that stored bot tokens are encrypted under: the first encrypts, all of them decrypt. */
export type CredentialKeys = readonly { id: string; key: Buffer }[];

/** Reads CREDENTIAL_KEY: `id:base64`, comma-separated, the one to encrypt with first. */
export function readCredentialKeys(text: string, context: z.core.$RefinementCtx): CredentialKeys {
  const keys = text.split(",").map((part) => {
    const [id = "", encoded = ""] = part.trim().split(":");
    return { id, key: Buffer.from(encoded, "base64") };
  });
  const sound = keys.every(({ id, key }) => /^[A-Za-z0-9]{1,16}$/.test(id) && key.length === 32);
  const distinct = new Set(keys.map(({ id }) => id)).size === keys.length;
  if (sound && distinct) return keys;
  context.addIssue({
    code: "custom",
    message:
      "write a short key name, a colon and 32 random bytes in base64, such as k1:$(openssl rand -base64 32); older keys follow after a comma",
  });
  return z.NEVER;
}
