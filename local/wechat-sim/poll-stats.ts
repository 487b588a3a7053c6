import type { Bot, OpenPoll, PollStats, World } from "./world.ts";

/**
 * Counts a poll, and an overlap when an older one is open on the same token. A client that
 * closes one connection and opens another is no overlap, whichever the system reports first.
 */
export function pollOpened(world: World, bot: Bot, older: readonly OpenPoll[]): void {
  const { polls } = bot;
  const now = world.clock.realNow();
  polls.count += 1;
  polls.firstOpenedAt ??= now;
  if (polls.coveredSince === null) {
    polls.coveredSince = now;
    const gapMs = polls.lastClosedAt === null ? 0 : now - polls.lastClosedAt;
    polls.longestGapMs = Math.max(polls.longestGapMs, gapMs);
  }
  if (older.length === 0) return;
  world.clock.after(world.config.polling.overlapGraceMs, () => {
    if (older.every(({ end }) => end === "client-left")) return;
    polls.overlaps += 1;
    world.changes.notify();
  });
}

export function pollClosed(world: World, bot: Bot): void {
  const { polls } = bot;
  if (polls.coveredSince === null || openPollsOf(bot).length > 0) return;
  const now = world.clock.realNow();
  polls.closedCoveredMs += now - polls.coveredSince;
  polls.coveredSince = null;
  polls.lastClosedAt = now;
}

export function openPollsOf(bot: Bot): OpenPoll[] {
  return [...bot.openPolls.values()].filter(({ end }) => end === "open");
}

export function pollStatsOf(world: World, bot: Bot): PollStats {
  const { count, closedCoveredMs, coveredSince, firstOpenedAt, longestGapMs, overlaps } = bot.polls;
  const openMs = coveredSince === null ? 0 : world.clock.realNow() - coveredSince;
  return { count, coveredMs: closedCoveredMs + openMs, firstOpenedAt, longestGapMs, overlaps };
}
