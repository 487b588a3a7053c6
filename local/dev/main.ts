import { join } from "node:path";
import { parseArgs } from "node:util";
import { settingNames } from "#core/settings/setting-names.ts";
import { buildFunctions } from "../build-functions.ts";
import { startHub, type Hub } from "../hub.ts";
import { realPace } from "../pace.ts";
import { readableLine } from "./log-line.ts";
import { keepSecrets } from "./secrets.ts";

/**
 * `npm run dev`: the whole hub on this machine until Ctrl-C, its data kept in `.data/dev`. What .env
 * sets is used instead of the local part: MONGODB_URI, WECHAT_BASE_URL, HERMES_API_BASE_URL.
 */
const { values } = parseArgs({
  options: {
    data: { type: "string", default: join(import.meta.dirname, "..", "..", ".data", "dev") },
    port: { type: "string", default: "8070" },
  },
});
const say = (line: string) => process.stdout.write(`${line}\n`);

const fromEnvironment = Object.fromEntries(
  settingNames.flatMap((name) => {
    const value = process.env[name];
    return value ? [[name, value]] : [];
  }),
);

async function main(): Promise<void> {
  const stopped = untilStopped();
  say("Starting the hub on this machine …");
  await buildFunctions();
  const secrets = await keepSecrets(values.data);
  const port = Number(values.port);
  const { MONGODB_URI: databaseUri, MONGODB_DATABASE: databaseName, ...settings } = fromEnvironment;
  const hub = await startHub({
    dataDir: values.data,
    pace: realPace,
    settings: { ...secrets, ...settings },
    ports: { api: port, wechat: port + 1, hermes: port + 2, hermesControl: port + 3 },
    ...(databaseUri === undefined ? {} : { databaseUri }),
    ...(databaseName === undefined ? {} : { databaseName }),
    log: say,
    onFunctionLine(line) {
      const readable = readableLine(line);
      if (readable !== null) say(readable);
    },
  });
  try {
    say(whereToLook(hub, settings));
    say(`\n${await stopped}: stopping …`);
  } finally {
    await hub.stop();
  }
  say("Stopped; nothing is left running.");
}

function whereToLook(hub: Hub, settings: Readonly<Record<string, string>>): string {
  const bearer = `authorization: Bearer ${hub.apiToken}`;
  return [
    "",
    `  api          ${hub.apiUrl}/api  (described at ${hub.apiUrl}/api/openapi.json)`,
    `  api token    ${hub.apiToken}`,
    hub.wechat
      ? `  WeChat       ${hub.wechat.url}  simulator: scan and chat here`
      : `  WeChat       ${settings["WECHAT_BASE_URL"]}  the real one`,
    hub.hermes
      ? `  Hermes       ${hub.hermes.controlUrl}  stand-in: see its calls, switch it off`
      : `  Hermes       ${settings["HERMES_API_BASE_URL"]}`,
    "",
    "  First bot:",
    `    curl -X POST ${hub.apiUrl}/api/accounts -H '${bearer}' -H 'content-type: application/json' -d '{"name":"My first bot"}'`,
    `    curl -X POST ${hub.apiUrl}/api/accounts/<its _id>/logins -H '${bearer}'`,
    "",
    "  Ctrl-C stops everything.",
    "",
  ].join("\n");
}

/** Resolves with the signal's name; a second Ctrl-C ends the process at once. */
function untilStopped(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => {
        resolve(signal);
        process.once(signal, () => process.exit(130));
      });
    }
  });
}

await main();
