import { createCipheriv } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Lays what is linked to a function beside its code, encrypted as SST does it: AES-256-GCM under
 * SST_KEY with a nonce of zeros, the tag at the end. Resolves to the environment that opens it.
 */
export async function sealLinks(
  folder: string,
  links: Readonly<Record<string, unknown>>,
  key: Buffer,
): Promise<{ SST_KEY: string; SST_KEY_FILE: string }> {
  const cipher = createCipheriv("aes-256-gcm", key, Buffer.alloc(12));
  const sealed = Buffer.concat([cipher.update(JSON.stringify(links)), cipher.final()]);
  await writeFile(join(folder, "resource.enc"), Buffer.concat([sealed, cipher.getAuthTag()]));
  return { SST_KEY: key.toString("base64"), SST_KEY_FILE: "resource.enc" };
}
