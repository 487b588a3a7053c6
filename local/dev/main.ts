import { readFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import { z } from "zod";
import { HubError } from "#core/shared/errors.ts";
import { LocalDatabaseError } from "../database/errors.ts";
import { DataFileError } from "../wechat-sim/data-file-error.ts";
import { DevError } from "./dev-error.ts";
import { startDev } from "./dev.ts";
import { readEnvironment } from "./environment.ts";
import { readOptions, usage } from "./options.ts";
import { portTaken } from "./ports.ts";
import { isBuildFailure } from "./rebuild.ts";
import { listenForStop } from "./stop-signal.ts";

/**
 * `npm run dev`: the whole hub on this machine until Ctrl-C, its data kept in `.data/dev`. What .env
 * sets is used instead of the local part: MONGODB_URI, WECHAT_BASE_URL, HERMES_API_BASE_URL.
 */
async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === null) {
    say(usage);
    return;
  }
  const stop = listenForStop();
  say("Starting the hub on this machine …");
  void stop.came.then((why) => say(`\n${why}: stopping …`));
  const environment = readEnvironment(process.env, await readEnvFile());
  const dev = await startDev({ options, environment, say });
  await stop.came;
  await dev.stop();
  say("Stopped; nothing is left running.");
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function readEnvFile(): Promise<NodeJS.Dict<string>> {
  try {
    return parseEnv(await readFile(".env", "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    throw error;
  }
}

const toldByTheirMessage = [DevError, DataFileError, LocalDatabaseError, HubError];

function explain(error: unknown): string {
  if (toldByTheirMessage.some((kind) => error instanceof kind)) {
    return error instanceof Error ? error.message : "";
  }
  if (isBuildFailure(error)) return "The functions do not build; esbuild says above why.";
  if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
    return portTaken("port" in error ? [String(error.port)] : []).message;
  }
  const why = error instanceof z.ZodError ? z.prettifyError(error) : inFull(error);
  return `${why}\nIf a file of the kept data is damaged, start with other data: npm run dev -- --data .data/other`;
}

function inFull(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`\n✗ The hub does not run: ${explain(error)}\n`);
  process.exitCode = 1;
}
