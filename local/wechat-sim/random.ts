/** A seeded source, so that a run with faults by chance can be repeated. */
export interface Random {
  /** At least 0, below 1. */
  next(): number;
  /** A whole number, both ends included. */
  between(from: number, to: number): number;
  pick<T>(choices: readonly T[]): T;
  text(length: number, alphabet: string): string;
}

export const hexDigits = "0123456789abcdef";
export const mixedCase = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/**
 * The seed of the first start is the one given. A later start on kept data draws other numbers, or
 * it would give out the ids once more that are in the data.
 */
export function seedOfStart(seed: number, starts: number): number {
  return (seed + Math.imul(starts - 1, 0x9e3779b9)) >>> 0;
}

/** mulberry32: small, fast and good enough for choosing faults and ids. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  function next() {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const between = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    between,
    pick(choices) {
      const choice = choices.at(between(0, choices.length - 1));
      if (choice === undefined) throw new Error("nothing to pick from");
      return choice;
    },
    text: (length, alphabet) =>
      Array.from({ length }, () => alphabet.charAt(between(0, alphabet.length - 1))).join(""),
  };
}
