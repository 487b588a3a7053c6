import type { Poller } from "./poller.ts";

/** What a poller knows of itself when it looks at the others. */
type Self = { pollerId: string; packSize: number; accounts: number; closing: boolean };

/** How many accounts a closing poller may give back now: others have places, and some wait already. */
export function placesElsewhere(others: readonly Poller[], waiting: number): number {
  const places = others.filter(({ closing }) => !closing).map(({ freePlaces }) => freePlaces);
  return Math.max(0, places.reduce((sum, free) => sum + free, 0) - waiting);
}

/** Whether somebody is about to give accounts back. */
export function someoneCloses(others: readonly Poller[]): boolean {
  return others.some(({ closing }) => closing);
}

/**
 * Whether a poller that holds nothing is one too many: of several that woke at once the oldest
 * stays, or whoever has accounts already. One that has few places left is no reason to go.
 */
export function isOneTooMany(self: Self, others: readonly Poller[]): boolean {
  if (self.accounts > 0 || self.closing) return false;
  return others.some(
    ({ _id, closing, freePlaces }) =>
      !closing &&
      freePlaces * 2 > self.packSize &&
      (_id < self.pollerId || freePlaces < self.packSize),
  );
}
