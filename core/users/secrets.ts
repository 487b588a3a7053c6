import { createHash, randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import type { PasswordHash } from "./user.ts";

const derive = promisify<
  string,
  Buffer,
  number,
  { N: number; r: number; p: number; maxmem: number },
  Buffer
>(scrypt);
const keyBytes = 32;
const blockSize = 8;
/** 32 MB of memory for each guess, as OWASP asks of scrypt; a sign-in takes about 0.1 s. */
export const passwordCost = 2 ** 15;

/** A text that nobody can guess, for cookies, tokens and links. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** What is kept of a secret. It is random, so a plain hash is enough. */
export function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}

export async function hashPassword(password: string, cost = passwordCost): Promise<PasswordHash> {
  const salt = randomBytes(16);
  const hash = await deriveKey(password, salt, cost);
  return { salt: salt.toString("base64url"), hash: hash.toString("base64url"), cost };
}

/** Whether it is this password; takes as long for a user without one, who is thus not told apart. */
export async function isPassword(password: string, kept: PasswordHash | null): Promise<boolean> {
  const { salt, hash, cost } = kept ?? nobodys;
  const derived = await deriveKey(password, Buffer.from(salt, "base64url"), cost);
  const expected = Buffer.from(hash, "base64url");
  return kept !== null && derived.length === expected.length && timingSafeEqual(derived, expected);
}

const nobodys: PasswordHash = { salt: "AAAAAAAAAAAAAAAAAAAAAA", hash: "", cost: passwordCost };

function deriveKey(password: string, salt: Buffer, cost: number): Promise<Buffer> {
  const maxmem = 256 * cost * blockSize;
  return derive(password.normalize("NFKC"), salt, keyBytes, {
    N: cost,
    r: blockSize,
    p: 1,
    maxmem,
  });
}
