import { setTimeout as wait } from "node:timers/promises";
import type { Command } from "commander";
import { parseResponse } from "hono/client";
import { findBotId, listBots } from "./find-bot.ts";
import { text } from "./output.ts";
import type { Session } from "./session.ts";

const lookMs = 2_000;
const pageSize = "50";

/** Follows messages as they come and go. */
export function addTailCommand(program: Command, open: () => Session): void {
  program
    .command("tail [bot]")
    .description("follow messages as they come and go, of one bot or of all that are approved")
    .option("--once", "show the newest and end", false)
    .action(async (named: string | undefined, { once }: { once: boolean }) => {
      const session = open();
      const bots = named
        ? [{ _id: await findBotId(session.connection, named), name: named }]
        : await listBots(session.connection, "approved");
      const seen = new Set<string>();
      for (let isFirst = true; ; isFirst = false) {
        for (const bot of bots) await showNew(session, bot, seen, isFirst && !once);
        if (once) return;
        await wait(lookMs);
      }
    });
}

/** Prints what was not seen yet, the oldest first; `quietly` takes what is there already for seen. */
async function showNew(
  { connection: { api, read }, output }: Session,
  bot: { _id: string; name: string },
  seen: Set<string>,
  quietly: boolean,
): Promise<void> {
  const asked = { param: { id: bot._id }, query: { limit: pageSize } };
  const { items } = await read(parseResponse(api.accounts[":id"].messages.$get(asked)));
  for (const message of items.toReversed()) {
    if (seen.has(message._id)) continue;
    seen.add(message._id);
    if (quietly) continue;
    const arrow = message.direction === "inbound" ? "→" : "←";
    const said = text(message.text ?? "(no text)");
    const line = `${message.createdAt}  ${text(bot.name)}  ${arrow} ${message.userId}  ${said}`;
    output.event(message, line);
  }
}
