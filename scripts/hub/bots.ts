import { setTimeout as wait } from "node:timers/promises";
import type { Command } from "commander";
import { Option } from "commander";
import { parseResponse } from "hono/client";
import qrcode from "qrcode";
import { HubRefusedError, UsageError } from "./connection.ts";
import type { Ask, Session } from "./session.ts";
import { botStatuses, findBotId, listBots, type BotStatus } from "./find-bot.ts";

const lookMs = 1_000;

const verbs = [
  ["approve", "let a scanned bot work"],
  ["start", "start polling"],
  ["stop", "stop polling"],
  ["suspend", "stop a bot's polling and answers at once"],
  ["resume", "let a suspended bot work again"],
] as const;

/** Bots: list, create, log in by QR code, approve, start, stop, suspend. */
export function addBotCommands(program: Command, open: () => Session): void {
  program
    .command("bots")
    .description("list bots")
    .addOption(new Option("--status <status>", "only these").choices(botStatuses))
    .action(async (options: { status?: BotStatus }) => {
      const { connection, output } = open();
      const bots = await listBots(connection, options.status);
      output.rows(bots, {
        name: ({ name }) => name,
        status: ({ status }) => status,
        polling: ({ polling }) => (polling ? "on" : "off"),
        policy: ({ policyId }) => policyId,
        labels: ({ labels }) => labels,
        "last message": ({ lastInboundAt }) => lastInboundAt,
        id: ({ _id }) => _id,
      });
    });

  program
    .command("create <name>")
    .description("create a bot; hub login then shows its QR code")
    .option("--policy <id>", "what it may answer alone", "auto")
    .option("--label <label...>", "labels", [])
    .option("--once <key>", "8 to 100 characters; the same again is the same bot, not another one")
    .action(async (name: string, options: { policy: string; label: string[]; once?: string }) => {
      const { connection, output } = open();
      const json = { name, policyId: options.policy, labels: options.label };
      const once = options.once && { headers: { "idempotency-key": options.once } };
      const answer = connection.api.accounts.$post({ json }, once || undefined);
      const bot = await connection.read(parseResponse(answer));
      output.one(bot, { bot: bot.name, status: bot.status, id: bot._id });
    });

  program
    .command("login <bot>")
    .description("log a bot in: its QR code is drawn here, to be scanned with WeChat")
    .action((bot: string) => logIn(open(), bot));

  for (const [verb, description] of verbs) {
    program
      .command(`${verb} <bot>`)
      .description(description)
      .action(async (named: string) => {
        const { connection, output } = open();
        const { api, read } = connection;
        const param = { id: await findBotId(connection, named) };
        const call = {
          approve: () => api.accounts[":id"].approve.$post({ param, json: {} }),
          start: () => api.accounts[":id"]["start-polling"].$post({ param }),
          stop: () => api.accounts[":id"]["stop-polling"].$post({ param }),
          suspend: () => api.accounts[":id"].suspend.$post({ param }),
          resume: () => api.accounts[":id"].resume.$post({ param }),
        }[verb];
        const account = await read(parseResponse(call()));
        const polling = account.polling ? "on" : "off";
        output.one(account, { bot: account.name, status: account.status, polling });
      });
  }
}

/** Shows each QR code as it comes, asks for the digits when the phone shows some, and says how it ends. */
async function logIn({ connection, output, ask }: Session, named: string): Promise<void> {
  const { api, read } = connection;
  const id = await findBotId(connection, named);
  let login = await read(parseResponse(api.accounts[":id"].logins.$post({ param: { id } })));
  let shown = "";
  let said = "";
  let asked = -1;
  while (login.open) {
    if (login.qrContent !== shown) {
      shown = login.qrContent;
      output.say(await qrcode.toString(shown, { type: "terminal", small: true }));
      output.say("Scan it with the WeChat that lends its account, and confirm on the phone.");
    }
    if (login.status !== said) {
      said = login.status;
      output.say(`… ${said.replaceAll("_", " ")}`);
    }
    const param = { id: login._id };
    if (login.status === "verify_code_needed" && asked !== login.version) {
      asked = login.version;
      await typeCode({ connection, output, ask }, param, login.verifyCodeWrong);
    }
    await wait(lookMs);
    login = await read(parseResponse(api.logins[":id"].$get({ param })));
  }
  if (login.outcome === null) throw new UsageError(login.failure ?? "The login has failed.");
  output.one(login, { login: login.outcome.kind, bot: login.outcome.accountId });
}

async function typeCode(
  { connection, ask }: Session & { ask: Ask },
  param: { id: string },
  wasWrong: boolean,
): Promise<void> {
  const { api, read } = connection;
  const code = await ask(
    wasWrong ? "Not these. The digits on the phone: " : "The digits on the phone: ",
  );
  try {
    await read(parseResponse(api.logins[":id"]["verify-code"].$post({ param, json: { code } })));
  } catch (error) {
    // Mistyped: the next look asks again.
    if (!(error instanceof HubRefusedError)) throw error;
  }
}
