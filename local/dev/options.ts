import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { fastPace, realPace, type Pace } from "../pace.ts";
import { DevError } from "./dev-error.ts";

export type DevOptions = {
  /** Null: the usual folder for the database in use. */
  dataDir: string | null;
  /** The api's port; the simulators take the three after it. 0 takes free ones. */
  port: number;
  pace: Pace;
  /** The bundles that are there are used and not watched: for tests, which share them. */
  built: boolean;
  /** Thirty made-up bots with people who write to them, made anew at each start. */
  sample: boolean;
};

export const usage = `npm run dev -- [--port 8070] [--data FOLDER] [--sample]

  --port    the api's port; the simulators take the three after it
  --data    the folder that keeps the data between starts, .data/dev unless given
  --sample  thirty made-up bots with customers who write, in data of their own, anew at each start
`;

const root = join(import.meta.dirname, "..", "..");
const lastPort = 65_535 - 3;

/** Reads the command line; null when help is wanted. Throws DevError. */
export function readOptions(args: readonly string[]): DevOptions | null {
  const { data, port, pace, built, sample, help } = parse(args);
  if (help) return null;
  const number = /^\d{1,5}$/.test(port) ? Number(port) : -1;
  if (number < 0 || number > lastPort) {
    throw wrong(`--port ${port}: give a number from 1 to ${lastPort}, or 0 for free ports.`);
  }
  if (pace !== "real" && pace !== "fast") throw wrong(`--pace ${pace}: real or fast.`);
  return {
    dataDir: data === undefined ? null : resolve(data),
    port: number,
    pace: pace === "fast" ? fastPace : realPace,
    built,
    sample,
  };
}

/**
 * Each kind of database has a folder of its own: what the simulators keep belongs to it. The sample's
 * is emptied at each start.
 */
export function usualDataDir({
  hasOwnDatabase,
  sample,
}: {
  hasOwnDatabase: boolean;
  sample: boolean;
}): string {
  if (sample) return join(root, ".data", "sample");
  return join(root, ".data", hasOwnDatabase ? "dev" : "dev-mongodb");
}

/** A folder as a person at the prompt would write it. */
export function shortPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith("..") ? path : fromHere || ".";
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        data: { type: "string" },
        port: { type: "string", default: "8070" },
        pace: { type: "string", default: "real" },
        built: { type: "boolean", default: false },
        sample: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (cause) {
    throw wrong(cause instanceof Error ? cause.message : String(cause));
  }
}

function wrong(what: string): DevError {
  return new DevError("dev.option_wrong", `${what}\n\n${usage}`);
}
