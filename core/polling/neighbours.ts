import type { Poller } from "./poller.ts";

/** What a poller knows of itself when it looks at the others. */
type Self = { pollerId: string; packSize: number; accounts: number; closing: boolean };

/** What pollers say of themselves is seconds old, so that a lack of fewer places is none. */
const shareThatMayBeOld = 1 / 4;

/**
 * How many accounts a closing poller may give back now, so that each finds a place at once: what
 * waits already comes first, then what the closing pollers older than this one hold.
 */
export function placesElsewhere(
  pollerId: string,
  others: readonly Poller[],
  waiting: number,
): number {
  const older = others.filter(({ _id, closing }) => closing && _id < pollerId);
  return Math.max(0, freePlaces(others) - waiting - accountsOf(older));
}

/** Whether somebody is about to give accounts back. */
export function someoneCloses(others: readonly Poller[]): boolean {
  return others.some(({ closing }) => closing);
}

/**
 * Whether the places of all pollers at work are too few for what waits and for what the closing
 * ones are about to give back: another has to start.
 */
export function areTooFew(pollers: readonly Poller[], waiting: number, packSize: number): boolean {
  const free = freePlaces(pollers);
  return free === 0 || placesWanted(pollers, waiting) - free > packSize * shareThatMayBeOld;
}

/**
 * Whether a poller that holds nothing is one too many: of several that woke at once the oldest
 * stay, and whoever has accounts already, as many as there are accounts for. One that has few places
 * left is no reason to go.
 */
export function isOneTooMany(self: Self, others: readonly Poller[], waiting: number): boolean {
  const { pollerId, packSize, accounts, closing } = self;
  if (accounts > 0 || closing) return false;
  const firmer = others.filter(
    (other) =>
      !other.closing &&
      other.freePlaces * 2 > packSize &&
      (other._id < pollerId || other.freePlaces < packSize),
  );
  const closers = others.filter((other) => other.closing);
  return firmer.length > 0 && !areTooFew([...firmer, ...closers], waiting, packSize);
}

function freePlaces(pollers: readonly Poller[]): number {
  return sum(pollers.map((poller) => (poller.closing ? 0 : poller.freePlaces)));
}

function placesWanted(pollers: readonly Poller[], waiting: number): number {
  return waiting + accountsOf(pollers.filter(({ closing }) => closing));
}

function accountsOf(pollers: readonly Poller[]): number {
  return sum(pollers.map(({ accounts }) => accounts));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
