import { Option, type Command } from "commander";
import { parseResponse } from "hono/client";
import { runStatuses, type RunStatus } from "#core/agent-runs/agent-run.ts";
import { countOption } from "./count-option.ts";
import { contactName } from "./contact-name.ts";
import { findBotId } from "./find-bot.ts";
import type { Session } from "./session.ts";

/** Agent runs: list them, look at one, cancel and retry. */
export function addRunCommands(program: Command, open: () => Session): void {
  program
    .command("runs")
    .description("list agent runs, the newest first")
    .option("--bot <bot>", "of this bot only")
    .addOption(new Option("--status <status>", "only these").choices(runStatuses))
    .addOption(countOption())
    .action(async (options: { bot?: string; status?: RunStatus; limit: string }) => {
      const { connection, output } = open();
      const { api, read } = connection;
      const query = {
        limit: options.limit,
        ...(options.bot ? { accountId: await findBotId(connection, options.bot) } : {}),
        ...(options.status ? { status: options.status } : {}),
      };
      const page = await read(parseResponse(api["agent-runs"].$get({ query })));
      output.rows(page.items, {
        at: ({ createdAt }) => createdAt,
        bot: ({ accountId }) => page.accounts[accountId]?.name ?? accountId,
        contact: ({ conversationId }) => contactName(page.contacts[conversationId]),
        status: ({ status }) => status,
        asked: ({ inputText }) => inputText,
        attempts: ({ attemptCount }) => attemptCount,
        id: ({ _id }) => _id,
      });
    });

  program
    .command("run <id>")
    .description("look at one run: what was asked, answered and tried, and when")
    .action(async (id: string) => {
      const { connection, output } = open();
      const { api, read } = connection;
      const detail = await read(parseResponse(api["agent-runs"][":id"].$get({ param: { id } })));
      const { run, timeline } = detail;
      output.one(detail, {
        status: run.status,
        asked: run.inputText,
        answered: run.outputText,
        error: run.error,
        policy: run.policyId,
        ...Object.fromEntries(timeline.map(({ at, what }) => [at, what])),
      });
    });

  for (const verb of ["cancel", "retry"] as const) {
    program
      .command(`${verb} <run>`)
      .description(verb === "cancel" ? "end a question unanswered" : "have a run tried now")
      .action(async (id: string) => {
        const { connection, output } = open();
        const { api, read } = connection;
        const run = await read(
          parseResponse(api["agent-runs"][":id"][verb].$post({ param: { id } })),
        );
        output.one(run, { run: run._id, status: run.status });
      });
  }
}
