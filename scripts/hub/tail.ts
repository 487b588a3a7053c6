import { setTimeout as wait } from "node:timers/promises";
import type { Command } from "commander";
import { HubUnreachableError } from "./connection.ts";
import { findBotId } from "./find-bot.ts";
import { followMessages, type Followed } from "./follow.ts";
import { text, type Output } from "./output.ts";
import type { Session } from "./session.ts";

const lookMs = 2_000;

/** Follows messages as they come and go. */
export function addTailCommand(program: Command, open: () => Session): void {
  program
    .command("tail [bot]")
    .description("follow messages as they come and go, of one bot or of all")
    .option("--once", "show the newest and end", false)
    .action(async (named: string | undefined, { once }: { once: boolean }) => {
      const { connection, output } = open();
      const botId = named === undefined ? undefined : await findBotId(connection, named);
      const messages = followMessages(connection, botId);
      if (once) return show(output, await messages.newest());
      await messages.look();
      for (let isAway = false; ; await wait(lookMs)) {
        try {
          show(output, await messages.look());
          isAway = false;
        } catch (error) {
          if (!(error instanceof HubUnreachableError)) throw error;
          if (!isAway) output.say(`${error.message} It is tried again every ${lookMs / 1000} s.`);
          isAway = true;
        }
      }
    });
}

function show(output: Output, followed: readonly Followed[]): void {
  for (const { message, botName, contactName } of followed) {
    const arrow = message.direction === "inbound" ? "→" : "←";
    const said = text(message.text ?? "(no text)");
    const line = `${message.createdAt}  ${text(botName)}  ${arrow} ${text(contactName)}  ${said}`;
    output.event({ ...message, botName, contactName }, line);
  }
}
