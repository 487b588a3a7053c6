import type { Command } from "commander";
import { parseResponse } from "hono/client";
import { UsageError } from "./connection.ts";
import type { Session } from "./session.ts";

/** What each bot took in a month, and what that costs by list prices. */
export function addCostCommand(program: Command, open: () => Session): void {
  program
    .command("cost")
    .description("what each bot took in a month (UTC) and what that costs, the dearest first")
    .option("--month <month>", "another month than the present one, such as 2026-03")
    .action(async ({ month }: { month?: string }) => {
      if (month !== undefined && !/^20\d\d-(0[1-9]|1[0-2])$/.test(month)) {
        throw new UsageError(`“${month}” is no month. Write it as 2026-03.`);
      }
      const { connection, output } = open();
      const query = month === undefined ? {} : { month };
      const cost = await connection.read(parseResponse(connection.api.cost.$get({ query })));
      output.rows(cost.items, {
        bot: ({ name }) => name,
        in: ({ messagesIn }) => messagesIn,
        out: ({ messagesOut }) => messagesOut,
        runs: ({ runs }) => runs,
        "waited for Hermes": ({ hermesSeconds }) => `${Math.round(hermesSeconds)} s`,
        tokens: ({ tokens }) => tokens,
        polling: ({ pollingUsd }) => dollars(pollingUsd),
        answering: ({ answeringUsd }) => dollars(answeringUsd),
        total: ({ totalUsd }) => dollars(totalUsd),
      });
      output.say(
        `${cost.month}: ${dollars(cost.totalUsd)} in all, by list prices of ${cost.pricesAsOf}; without what Hermes' own model costs.`,
      );
    });
}

function dollars(amount: number): string {
  return `$${amount.toFixed(2)}`;
}
