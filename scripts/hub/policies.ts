import type { Command } from "commander";
import { parseResponse } from "hono/client";
import type { Session } from "./session.ts";

/** What bots may answer alone. */
export function addPolicyCommands(program: Command, open: () => Session): void {
  program
    .command("policies")
    .description("list policies: what a bot may answer alone")
    .action(async () => {
      const { connection, output } = open();
      const { items } = await connection.read(
        parseResponse(connection.api.policies.$get({ query: {} })),
      );
      output.rows(items, {
        policy: ({ name }) => name,
        mode: ({ mode }) => mode,
        memory: ({ memory }) => memory,
        "burst ends after": ({ debounceSeconds }) => `${debounceSeconds} s`,
        "a contact a day": ({ maxRunsPerContactPerDay }) => maxRunsPerContactPerDay,
        id: ({ _id }) => _id,
      });
    });
}
