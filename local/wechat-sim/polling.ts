import type { Bot, LogEntry, HeldPoll, PollAnswer, World } from "./world.ts";

/** The cursor: opaque to clients, here position + bot + generation. */
export function writeCursor(bot: Bot, position: number): string {
  return Buffer.from(JSON.stringify([bot.botId, bot.generation, position])).toString("base64");
}

/** Reads a cursor; null when it is another login's, or no cursor at all. */
export function readCursor(bot: Bot, cursor: string): number | null {
  if (cursor === "") return 0;
  const plain = Buffer.from(cursor, "base64").toString();
  const start = `${JSON.stringify([bot.botId, bot.generation]).slice(0, -1)},`;
  if (!plain.startsWith(start)) return null;
  const position = Number(plain.slice(start.length, -1));
  return Number.isSafeInteger(position) && position >= 0 ? position : null;
}

/**
 * Holds a poll until there is something to say, or the hold is over: reference/ilink.md 3.4.
 * Resolves with null when the client left first.
 */
export function holdPoll(
  world: World,
  bot: Bot,
  position: number,
  closed: AbortSignal,
): Promise<PollAnswer | null> {
  return new Promise((resolve) => {
    const { holdMs, gatewayTimeoutAfterMs } = world.config.polling;
    const cutsOff = gatewayTimeoutAfterMs !== null && gatewayTimeoutAfterMs < holdMs;
    const cancelHold = world.clock.after(cutsOff ? gatewayTimeoutAfterMs : holdMs, () =>
      poll.answer({ kind: cutsOff ? "gateway-timeout" : "empty" }),
    );
    const poll: HeldPoll = {
      pollId: world.nextNumber++,
      position,
      answer(answer) {
        cancelHold();
        closed.removeEventListener("abort", leave);
        bot.heldPolls.delete(poll.pollId);
        if (answer.kind === "messages") markDelivered(world, bot, answer.entries);
        world.changes.notify();
        resolve(answer);
      },
    };
    const leave = () => {
      resolve(null);
      // Until its hold ends, the profile goes on handing messages to a client that has left.
      if (world.config.polling.afterDisconnect === "lose") return;
      cancelHold();
      bot.heldPolls.delete(poll.pollId);
    };
    if (world.config.polling.concurrentPolls === "displace") {
      answerAllPolls(bot, { kind: "session-timeout" });
    }
    bot.heldPolls.set(poll.pollId, poll);
    closed.addEventListener("abort", leave, { once: true });
    const waiting = waitingFor(world, bot, poll);
    if (waiting.length > 0) poll.answer({ kind: "messages", entries: waiting });
  });
}

/** Adds a message to the bot's log and wakes one poll. */
export function appendMessage(
  world: World,
  bot: Bot,
  build: (position: number) => LogEntry["message"],
): void {
  const position = bot.log.length + 1;
  bot.log.push({ position, at: world.clock.now(), message: build(position) });
  world.changes.notify();
  if (bot.flushPending) return;
  bot.flushPending = true;
  const flush = () => {
    bot.flushPending = false;
    wakeOnePoll(world, bot);
  };
  const { batchWindowMs } = world.config.polling;
  // Pieces of one long text are appended in one go and leave in one answer.
  if (batchWindowMs === 0) queueMicrotask(flush);
  else world.clock.after(batchWindowMs, flush);
}

/** Answers every poll of this bot in the same way. */
export function answerAllPolls(bot: Bot, answer: PollAnswer): void {
  for (const poll of bot.heldPolls.values()) poll.answer(answer);
}

export function undeliveredCount(bot: Bot): number {
  return bot.log.length - bot.deliveredUpTo;
}

/** Every message that was written to this bot, and when it was last handed to a client, if ever. */
export function handedOut(bot: Bot): { messageId: string; handedAt: number | null }[] {
  return bot.log.map(({ position, message }) => {
    const id = message["message_id"];
    const messageId = typeof id === "bigint" || typeof id === "string" ? String(id) : "";
    return { messageId, handedAt: bot.handedAt.get(position) ?? null };
  });
}

function wakeOnePoll(world: World, bot: Bot): void {
  // A superseded login may still have a poll open, which shall hear -14 and nothing else.
  while (bot.status === "live" && undeliveredCount(bot) > 0) {
    const ready = [...bot.heldPolls.values()].filter(
      (poll) => waitingFor(world, bot, poll).length > 0,
    );
    if (ready.length === 0) return;
    const chosen = world.random.pick(ready);
    chosen.answer({ kind: "messages", entries: waitingFor(world, bot, chosen) });
  }
}

/** What this poll may take now, under the cursor profile. */
function waitingFor(world: World, bot: Bot, poll: HeldPoll): readonly LogEntry[] {
  const { cursor, retentionMs, maxMessagesPerAnswer } = world.config.polling;
  const from = cursor === "one-way" ? bot.deliveredUpTo : poll.position;
  const keptSince = retentionMs === null ? -Infinity : world.clock.now() - retentionMs;
  return bot.log
    .slice(from)
    .filter(({ at }) => at >= keptSince)
    .slice(0, maxMessagesPerAnswer);
}

function markDelivered(world: World, bot: Bot, entries: readonly LogEntry[]): void {
  for (const { position } of entries) {
    bot.deliveredUpTo = Math.max(bot.deliveredUpTo, position);
    bot.handedAt.set(position, world.clock.realNow());
  }
}
