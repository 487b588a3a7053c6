import type { Command } from "commander";
import { parseResponse } from "hono/client";
import { contactName } from "./contact-name.ts";
import { countOption } from "./count-option.ts";
import type { Session } from "./session.ts";

/** Drafts that wait for a person. */
export function addReviewCommands(program: Command, open: () => Session): void {
  const review = program.command("review").description("drafts that wait for a person");

  review
    .command("list", { isDefault: true })
    .description("list them, the window that shuts first before the others")
    .addOption(countOption())
    .action(async ({ limit }: { limit: string }) => {
      const { connection, output } = open();
      const { api, read } = connection;
      const page = await read(parseResponse(api.reviews.$get({ query: { limit } })));
      output.rows(page.items, {
        bot: ({ accountId }) => page.accounts[accountId]?.name ?? accountId,
        contact: ({ conversationId }) => contactName(page.contacts[conversationId]),
        asked: ({ inputText }) => inputText,
        draft: ({ bubbles }) => bubbles.join(" ⏎ "),
        "claimed by": ({ claimedByName }) => claimedByName,
        id: ({ _id }) => _id,
      });
    });

  review
    .command("approve <run>")
    .description("have a draft sent a few seconds later; withdraw takes it back until then")
    .option("--text <text>", "send this instead of the draft")
    .action(async (runId: string, { text }: { text?: string }) => {
      const { connection, output } = open();
      const { api, read } = connection;
      const param = { runId };
      const { review: draft } = await read(parseResponse(api.reviews[":runId"].$get({ param })));
      const json = { version: draft.version, ...(text === undefined ? {} : { text }) };
      const done = await read(parseResponse(api.reviews[":runId"].approve.$post({ param, json })));
      output.one(done, { run: done._id, "goes out": done.review?.sendAt });
    });

  review
    .command("withdraw <run>")
    .description("take an approval back before the draft goes out")
    .action(async (runId: string) => {
      const { connection, output } = open();
      const { api, read } = connection;
      const answer = api.reviews[":runId"].withdraw.$post({ param: { runId } });
      const done = await read(parseResponse(answer));
      output.one(done, { run: done._id, status: done.status });
    });

  review
    .command("regenerate <run>")
    .description("have Hermes answer the same question once more, with a hint")
    .requiredOption("--hint <hint>", "what Hermes should mind this time")
    .action(async (runId: string, { hint }: { hint: string }) => {
      const { connection, output } = open();
      const { api, read } = connection;
      const answer = api.reviews[":runId"].regenerate.$post({ param: { runId }, json: { hint } });
      const done = await read(parseResponse(answer));
      output.one(done, { run: done._id, status: done.status });
    });

  review
    .command("reject <run>")
    .description("end a draft without sending it")
    .requiredOption("--reason <reason>", "why, for the audit log")
    .action(async (runId: string, { reason }: { reason: string }) => {
      const { connection, output } = open();
      const { api, read } = connection;
      const answer = api.reviews[":runId"].reject.$post({ param: { runId }, json: { reason } });
      const done = await read(parseResponse(answer));
      output.one(done, { run: done._id, status: done.status });
    });
}
