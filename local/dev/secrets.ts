import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { DevError } from "./dev-error.ts";
import { shortPath } from "./options.ts";

const LocalSecrets = z.object({ CREDENTIAL_KEY: z.string(), API_TOKEN: z.string() });
export type LocalSecrets = z.infer<typeof LocalSecrets>;

/**
 * The key and token of this machine's hub, made at the first start and kept beside its data: stored
 * bot tokens must still open at the next start. Throws DevError when the file is not what was written.
 */
export async function keepSecrets(dataDir: string): Promise<LocalSecrets> {
  await mkdir(dataDir, { recursive: true });
  const file = join(dataDir, "secrets.json");
  const made: LocalSecrets = {
    CREDENTIAL_KEY: `local:${randomBytes(32).toString("base64")}`,
    API_TOKEN: randomBytes(24).toString("base64url"),
  };
  try {
    await writeFile(file, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600, flag: "wx" });
    return made;
  } catch (error) {
    const isThere = error instanceof Error && "code" in error && error.code === "EEXIST";
    if (!isThere) throw error;
  }
  const kept = LocalSecrets.safeParse(jsonOrNull(await readFile(file, "utf8")));
  if (kept.success) return kept.data;
  throw new DevError(
    "dev.data_damaged",
    `${shortPath(file)} is damaged. Without its CREDENTIAL_KEY the stored bot tokens cannot be opened. ` +
      "Put back a copy that is good; or remove the file, and scan every bot again.",
  );
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message would quote the key.
    return null;
  }
}
