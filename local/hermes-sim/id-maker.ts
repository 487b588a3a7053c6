import { createHash, randomUUID } from "node:crypto";

/** Makes hexadecimal ids of up to 32 digits. */
export type IdMaker = (length: number) => string;

/** The same seed gives the same row of ids; without one they differ on every start. */
export function createIdMaker(seed?: number): IdMaker {
  const base = seed === undefined ? randomUUID() : String(seed);
  let counter = 0;
  return (length) => {
    counter += 1;
    return createHash("sha256").update(`${base}:${counter}`).digest("hex").slice(0, length);
  };
}
