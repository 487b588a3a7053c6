import type { MeterSnapshot } from "./meter.ts";

/**
 * Database commands that the messages between two snapshots cost on their way from WeChat's poll to
 * WeChat's yes: all of the agent Lambda's, and the poll Lambda's storing. What a poller spends on its
 * leases goes on with or without messages and is not among them.
 */
export function commandsOnMessagePath(between: MeterSnapshot, messages: number): number {
  let count = 0;
  for (const used of between.database) {
    if (used.command === "connection") continue;
    if (used.label === "agent") count += used.count;
    else if (used.label === "poll")
      count += storing(used.collection, used.command, used.count, messages);
  }
  return count;
}

function storing(collection: string, command: string, count: number, messages: number): number {
  if (collection === "messages" || collection === "conversations") return count;
  // Cursors and lease renewals are both updates of accounts; a message moves the cursor once.
  return collection === "accounts" && command === "update" ? Math.min(count, messages) : 0;
}
