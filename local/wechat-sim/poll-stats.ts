import type { Bot, PollRecord, PollStats, TrackedPoll, World } from "./world.ts";

/**
 * Counts a poll until the returned function says how it ended. An overlap counts when an older
 * poll is open on the same token; a client that closes one connection and opens another is none,
 * whichever of the two the system reports first.
 */
export function trackPoll(world: World, bot: Bot, closed: AbortSignal): () => void {
  const older = [...bot.trackedPolls];
  const poll: TrackedPoll = { end: "open" };
  const end = (how: TrackedPoll["end"]) => {
    if (poll.end !== "open") return;
    poll.end = how;
    bot.trackedPolls.delete(poll);
    if (bot.trackedPolls.size === 0) endCoverage(world, bot);
    world.changes.notify();
  };
  beginCoverage(world, bot);
  bot.trackedPolls.add(poll);
  if (older.length > 0) countOverlap(world, bot, older);
  closed.addEventListener("abort", () => end("client-left"), { once: true });
  world.changes.notify();
  return () => end("answered");
}

export function noPolls(): PollRecord {
  return {
    count: 0,
    closedCoveredMs: 0,
    firstOpenedAt: null,
    coveredSince: null,
    lastClosedAt: null,
    longestGapMs: 0,
    overlaps: 0,
  };
}

export function pollStatsOf(world: World, bot: Bot): PollStats {
  const { count, closedCoveredMs, coveredSince, firstOpenedAt, longestGapMs, overlaps } = bot.polls;
  const openMs = coveredSince === null ? 0 : world.clock.realNow() - coveredSince;
  return { count, coveredMs: closedCoveredMs + openMs, firstOpenedAt, longestGapMs, overlaps };
}

function beginCoverage(world: World, { polls }: Bot): void {
  const now = world.clock.realNow();
  polls.count += 1;
  polls.firstOpenedAt ??= now;
  if (polls.coveredSince !== null) return;
  polls.coveredSince = now;
  const gapMs = polls.lastClosedAt === null ? 0 : now - polls.lastClosedAt;
  polls.longestGapMs = Math.max(polls.longestGapMs, gapMs);
}

function endCoverage(world: World, { polls }: Bot): void {
  const now = world.clock.realNow();
  if (polls.coveredSince !== null) polls.closedCoveredMs += now - polls.coveredSince;
  polls.coveredSince = null;
  polls.lastClosedAt = now;
}

function countOverlap(world: World, bot: Bot, older: readonly TrackedPoll[]): void {
  world.clock.after(world.config.polling.overlapGraceMs, () => {
    if (older.every(({ end }) => end === "client-left")) return;
    bot.polls.overlaps += 1;
    world.changes.notify();
  });
}
