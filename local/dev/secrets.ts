import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const LocalSecrets = z.object({ CREDENTIAL_KEY: z.string(), API_TOKEN: z.string() });
export type LocalSecrets = z.infer<typeof LocalSecrets>;

/**
 * The key and token of this machine's hub, made at the first start and kept beside its data: stored
 * bot tokens must still open at the next start. Throws when the file is not what was written.
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
  return LocalSecrets.parse(JSON.parse(await readFile(file, "utf8")));
}
