import { readFile } from "node:fs/promises";
import { z } from "zod";
import { DataFileError } from "./data-file-error.ts";
import { savedFormat, SavedWorld } from "./saved-world.ts";

const AnyFormat = z.looseObject({ format: z.number() });

/** The file's text for what is to be kept; ids beyond 2^53 are bigints and come back exactly. */
export function writeSaved(saved: object): string {
  return JSON.stringify(saved, (_key, value: unknown) =>
    typeof value === "bigint" ? { bigint: String(value) } : value,
  );
}

/**
 * What an earlier start kept in this file, or null when there is no file. Throws DataFileError,
 * naming the file and what to do, when it cannot be used. Its contents never get into a message.
 */
export async function readDataFile(path: string): Promise<SavedWorld | null> {
  const text = await readText(path);
  if (text === null) return null;
  const data = parseJson(path, text);
  const format = AnyFormat.safeParse(data);
  if (format.success && format.data.format !== savedFormat) {
    throw otherFormat(path, format.data.format);
  }
  const saved = SavedWorld.safeParse(data);
  if (saved.success) return saved.data;
  throw damaged(path, z.prettifyError(saved.error));
}

/** For what the file holds but this version of the simulator does not take. */
export function damaged(path: string, why: string): DataFileError {
  return new DataFileError(
    "data-file.damaged",
    `The WeChat simulator cannot use ${path}: ${why}\n${whatToDo(path)}`,
  );
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    if (code === "ENOENT") return null;
    throw new DataFileError(
      "data-file.unreadable",
      `The WeChat simulator cannot read ${path} (${code}). Give it a file that may be read and written.`,
      { cause },
    );
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text, (_key, value: unknown) => {
      const isBigInt = typeof value === "object" && value !== null && "bigint" in value;
      return isBigInt ? BigInt(String(value.bigint)) : value;
    });
  } catch (error) {
    // The parser's own words would quote tokens and texts, so they are not passed on.
    if (error instanceof SyntaxError) throw damaged(path, "it is no whole JSON.");
    throw error;
  }
}

function otherFormat(path: string, format: number): DataFileError {
  const age = format < savedFormat ? "an older" : "a newer";
  return new DataFileError(
    "data-file.other-format",
    `${path} was written by ${age} WeChat simulator (format ${format}, this one has ${savedFormat}).\n${whatToDo(path)}`,
  );
}

function whatToDo(path: string): string {
  return (
    "The simulated people, bots and logins are in it. Put back a copy that is good, or go on " +
    `without them: mv '${path}' '${path}.old'. Bots then have to be scanned again.`
  );
}
