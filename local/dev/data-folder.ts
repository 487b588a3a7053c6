import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { DevError } from "./dev-error.ts";
import { shortPath } from "./options.ts";

const Runner = z.object({ pid: z.int(), api: z.string().optional() });
const Owner = z.object({ database: z.string() });
const SQLITE_BUSY = 5;

/** A folder that nobody else runs on until it is released. */
export type DataFolder = {
  readonly path: string;
  /** Notes where this hub is, for who wants to start another on the folder. */
  sayWhere: (api: string) => Promise<void>;
  /** Throws DevError when the folder's data goes with another database than this. */
  belongTo: (database: string) => Promise<void>;
  release: () => void;
};

/**
 * Takes the folder for this process. The lock is SQLite's, that is the system's: it ends with the
 * process, however that ends. Throws DevError when another process has it, or its data is damaged.
 */
export async function takeDataFolder(path: string): Promise<DataFolder> {
  await mkdir(path, { recursive: true });
  const lock = new DatabaseSync(join(path, "lock"), { timeout: 0 });
  if (!tryLock(lock)) {
    lock.close();
    throw await runsAlready(path);
  }
  try {
    await requireWholeSchedules(path);
  } catch (error) {
    lock.close();
    throw error;
  }
  const note = (runner: z.input<typeof Runner>) =>
    writeFile(join(path, "runner.json"), JSON.stringify(runner));
  await note({ pid: process.pid });
  return {
    path,
    sayWhere: (api) => note({ pid: process.pid, api }),
    belongTo: (database) => belongTo(path, database),
    release: () => lock.close(),
  };
}

function tryLock(lock: DatabaseSync): boolean {
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if (error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY) return false;
    throw error;
  }
}

async function runsAlready(path: string): Promise<DevError> {
  const runner = Runner.safeParse(await readJson(join(path, "runner.json")));
  const { pid, api = "still starting" } = runner.data ?? {};
  const who =
    pid === undefined
      ? ". Stop that one with Ctrl-C"
      : ` (process ${pid}, api ${api}). Stop that one with Ctrl-C or kill ${pid}`;
  return new DevError(
    "dev.runs_already",
    `A hub runs already on ${shortPath(path)}${who}, or give this one data and ports of its own: ` +
      "npm run dev -- --data .data/other --port 9070",
  );
}

async function belongTo(path: string, database: string): Promise<void> {
  const file = join(path, "database.json");
  const owner = Owner.safeParse(await readJson(file));
  if (!owner.success) {
    await writeFile(file, JSON.stringify({ database }));
    return;
  }
  if (owner.data.database === database) return;
  throw new DevError(
    "dev.data_of_other_database",
    `${shortPath(path)} goes with another database: its bots and schedules are in ${owner.data.database}, ` +
      `now it would be ${database}. Go back to that one, or keep other data for this one: ` +
      "npm run dev -- --data .data/other",
  );
}

/** Schedules are the scheduler's file; who reads it first can best say what its loss means. */
async function requireWholeSchedules(path: string): Promise<void> {
  const file = join(path, "schedules.json");
  if ((await readJson(file)) !== null || !existsSync(file)) return;
  throw new DevError(
    "dev.data_damaged",
    `${shortPath(file)} is damaged, so nobody would wake the pollers. Put back a copy that is good; ` +
      "or remove it, start again, and stop and start the polling of each bot (stop-polling, start-polling).",
  );
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    // No file, or one that was being written when its process was killed: it says nothing.
    if (error instanceof SyntaxError) return null;
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
