import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { childGuard } from "#local/lambda/child-guard.ts";
import { findDownloadedMongod } from "./download.ts";
import { LocalDatabaseError } from "./errors.ts";
import { givenDatabase } from "./given.ts";
import { findOnPath } from "./on-path.ts";
import { prepareSecantus, SECANTUS_VERSION } from "./secantus.ts";
import { type DatabaseServer, startServer } from "./server-process.ts";

export type DatabaseKind = "given" | "mongod" | "downloaded" | "secantus";

export type LocalDatabase = {
  /** Connection string without a database name. May hold a password: do not log it. */
  readonly uri: string;
  /** One line for people: which database this is. */
  readonly description: string;
  readonly kind: DatabaseKind;
  stop: () => Promise<void>;
};

export type DatabaseOptions = {
  /** Folder that keeps the data between starts, or ":memory:" for a throw-away one. */
  dataDir: string;
  log: (line: string) => void;
  env?: Readonly<Record<string, string | undefined>>;
  /** Where downloads and the Python environment live, shared by all runs. */
  cacheDir?: string;
};

const PROJECT_CACHE = path.resolve(import.meta.dirname, "../../.cache");

/**
 * Starts, or finds, a MongoDB-compatible server: `MONGODB_URI`, else `mongod` on the PATH, else
 * its download, else SecantusDB in a Python environment (reference/local-parts.md, MongoDB).
 * Says in one line which one is in use. Throws LocalDatabaseError with what to do next.
 */
export async function startDatabase(options: DatabaseOptions): Promise<LocalDatabase> {
  const { log, env = process.env, cacheDir = PROJECT_CACHE } = options;
  const uri = env["MONGODB_URI"];
  const database =
    uri === undefined || uri === ""
      ? await startOwn({ ...options, env, cacheDir })
      : givenDatabase(uri);
  log(`Database: ${database.description}`);
  return database;
}

async function startOwn(options: Required<DatabaseOptions>): Promise<LocalDatabase> {
  const { log, env, cacheDir } = options;
  const onPath = await findOnPath("mongod", env["PATH"]);
  if (onPath !== undefined) {
    return withData(options, "mongod", `mongod found at ${onPath}`, (folder) =>
      startServer(mongod(onPath, folder)),
    );
  }
  const downloaded = await findDownloadedMongod({ env, cacheDir, log });
  if (downloaded.path !== undefined) {
    const binary = downloaded.path;
    return withData(options, "downloaded", `mongod downloaded to ${binary}`, (folder) =>
      startServer(mongod(binary, folder)),
    );
  }
  const python = await prepareSecantus({ env, cacheDir, log, noMongod: downloaded.reason });
  const why = `SecantusDB ${SECANTUS_VERSION} in place of mongod (none on the PATH; ${downloaded.reason})`;
  return withData(options, "secantus", why, (folder) => startServer(secantus(python, folder)));
}

function mongod(binary: string, folder: string): DatabaseServer {
  return {
    name: "mongod",
    command: binary,
    args: (port) => ["--dbpath", folder, "--port", `${port}`, "--bind_ip", "127.0.0.1", "--quiet"],
  };
}

function secantus(python: string, folder: string): DatabaseServer {
  const main = "import sys; from secantus.cli import main; sys.exit(main())";
  return {
    name: "SecantusDB",
    command: python,
    args: (port) => ["-c", main, "--port", `${port}`, "--storage-path", folder],
  };
}

/** Each kind of server gets its own folder: their files do not mix. */
async function withData(
  { dataDir }: { dataDir: string },
  kind: DatabaseKind,
  what: string,
  start: (folder: string) => ReturnType<typeof startServer>,
): Promise<LocalDatabase> {
  const throwAway = dataDir === ":memory:";
  const files = kind === "secantus" ? "secantus" : "mongod";
  const folder = throwAway
    ? await mkdtemp(path.join(tmpdir(), "hub-database-"))
    : path.join(dataDir, files);
  if (throwAway) childGuard().removeFolder(folder);
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  try {
    await mkdir(folder, { recursive: true });
    const server = await start(folder);
    const stop = async () => {
      await server.stop(throwAway ? "at once" : "in order");
      if (throwAway) await removeFolder();
    };
    const where = throwAway ? "data in a temporary folder" : `data in ${folder}`;
    // Kept data must hold what was acknowledged, even when the server is killed the moment after.
    const uri = throwAway ? server.uri : `${server.uri}&journal=true`;
    return { uri, kind, description: `${what}; ${where}`, stop };
  } catch (cause) {
    if (throwAway) await removeFolder();
    if (cause instanceof LocalDatabaseError) throw cause;
    throw new LocalDatabaseError(
      "database.start_failed",
      `The database did not start in ${folder}.`,
      {
        cause,
      },
    );
  }
}
