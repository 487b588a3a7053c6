import { parseArgs } from "node:util";
import { z } from "zod";
import { connectDatabase } from "#core/database/connect.ts";
import { readSettings } from "#core/settings/read-settings.ts";
import { systemClock } from "#core/shared/clock.ts";
import { HubError, RequestError } from "#core/shared/errors.ts";
import { idMaker } from "#core/shared/ids.ts";
import { createLog } from "#core/telemetry/log.ts";
import { createMeasure } from "#core/telemetry/measure.ts";
import { createUser } from "#core/users/manage-users.ts";
import { inviteUser, linkUrl } from "#core/users/password-links.ts";
import { newSecret } from "#core/users/secrets.ts";
import { Role, UserName } from "#core/users/user.ts";
import { ranInStage } from "./shared/in-stage.ts";
import { stageSource } from "./shared/stage-source.ts";

const usage = `npm run user:create -- --name NAME [--role owner|operator|reviewer|viewer] [--labels A,B] [--link] [--stage X]

Makes a user of the console, an owner unless told otherwise, and prints a password; with --link a
link instead, good once and for three days, by which the person chooses name and password.`;

const Options = z.object({
  name: UserName,
  role: Role.default("owner"),
  labels: z
    .string()
    .transform((text) => text.split(",").map((label) => label.trim()))
    .pipe(z.array(z.string().min(1).max(40)))
    .nullable()
    .default(null),
  link: z.boolean().default(false),
});
type Options = z.infer<typeof Options>;

const actor = { kind: "operator", id: "user-create" } as const;

if (!(await ranInStage(import.meta.filename))) await main();

async function main(): Promise<void> {
  try {
    const options = readOptions();
    if (options === null) say(usage);
    else await create(options);
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    const next = error instanceof RequestError ? (error.whatToDo ?? "") : "";
    process.stderr.write(`✗ ${error.message} ${next}\n`);
    process.exitCode = 1;
  }
}

async function create(options: Options): Promise<void> {
  const settings = readSettings(["database", "links"], stageSource(process.env));
  const { client, db } = connectDatabase(settings.database, "user-create");
  const clock = systemClock();
  const deps = {
    db,
    clock,
    settings: {},
    random: Math.random,
    newId: idMaker(() => clock.now()),
    log: createLog({ service: "user-create", level: "ERROR" }),
    measure: createMeasure({ stage: "none", level: "ERROR", clock }),
  };
  const { name, role, labels } = options;
  const forWhat = labels === null ? "for all bots" : `for bots labelled ${labels.join(" or ")}`;
  try {
    if (options.link) {
      const { secret, expiresAt } = await inviteUser(deps, actor, { name, role, labels });
      const { PUBLIC_URL = "http://127.0.0.1:8080" } = settings.links;
      say(`${name}, ${role} ${forWhat}. The link is good once, until ${expiresAt.toISOString()}:`);
      say(linkUrl(PUBLIC_URL, secret));
      return;
    }
    const password = newSecret().slice(0, 20);
    await createUser(deps, actor, { name, role, labels, password });
    say(`${name}, ${role} ${forWhat}. The password, shown only now: ${password}`);
  } finally {
    await client.close();
  }
}

/** null: help was asked for. Throws RequestError `arguments.wrong`. */
function readOptions(): Options | null {
  const { values } = parseArgs({
    options: {
      name: { type: "string" },
      role: { type: "string" },
      labels: { type: "string" },
      link: { type: "boolean" },
      stage: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
    strict: false,
  });
  if (values.help === true) return null;
  const parsed = Options.safeParse(values);
  if (parsed.success) return parsed.data;
  const message = `${z.prettifyError(parsed.error)}\n\n${usage}\n`;
  throw new RequestError("invalid", "arguments.wrong", message);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
