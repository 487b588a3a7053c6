import { execFile } from "node:child_process";
import { access, mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { LocalDatabaseError } from "./errors.ts";
import { withFileLock } from "./file-lock.ts";
import { findOnPath } from "./on-path.ts";

/** The version that was tried: reference/local-parts.md, MongoDB. */
export const SECANTUS_VERSION = "0.7.0b3";

type SecantusOptions = {
  env: Readonly<Record<string, string | undefined>>;
  cacheDir: string;
  log: (line: string) => void;
  /** Why there is no real mongod, for the error message. */
  noMongod: string;
};

const run = promisify(execFile);
const INSTALL_TIMEOUT_MS = 300_000;

/**
 * Gives the Python interpreter of an environment that holds SecantusDB, making the environment
 * the first time. Processes that ask at the same time make it once.
 */
export async function prepareSecantus(options: SecantusOptions): Promise<string> {
  const { cacheDir, log } = options;
  const home = path.join(cacheDir, `secantus-${SECANTUS_VERSION}`);
  const python = path.join(home, "bin", "python");
  if (await exists(python)) return python;
  const systemPython = await findPython(options);
  await mkdir(cacheDir, { recursive: true });
  await withFileLock(`${home}.lock`, async () => {
    if (await exists(python)) return;
    log(`Installing SecantusDB ${SECANTUS_VERSION} into ${home}, once; about 20 seconds …`);
    await install(systemPython, home);
  });
  return python;
}

/** Built beside its place and moved there when complete, so a broken one is never used. */
async function install(systemPython: string, home: string): Promise<void> {
  const building = `${home}.building`;
  await rm(building, { recursive: true, force: true });
  const limits = { timeout: INSTALL_TIMEOUT_MS, maxBuffer: 16 * 1024 * 1024 };
  try {
    await run(systemPython, ["-m", "venv", building], limits);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    const python = path.join(building, "bin", "python");
    await run(python, [...pip, `SecantusDB==${SECANTUS_VERSION}`], limits);
    await rename(building, home);
  } catch (cause) {
    await rm(building, { recursive: true, force: true });
    throw new LocalDatabaseError(
      "database.install_failed",
      `SecantusDB ${SECANTUS_VERSION} could not be installed with ${systemPython}. If Python says ` +
        "that ensurepip or venv is missing, install python3-venv; if the network refused, allow the " +
        "Python package index. Or install mongod, or set MONGODB_URI.",
      { cause },
    );
  }
}

async function findPython({ env, noMongod }: SecantusOptions): Promise<string> {
  const check = "import sys; sys.exit(0 if sys.version_info >= (3, 10) else 1)";
  for (const name of [
    "python3",
    "python3.14",
    "python3.13",
    "python3.12",
    "python3.11",
    "python",
  ]) {
    const found = await findOnPath(name, env["PATH"]);
    const fits =
      found !== undefined &&
      (await run(found, ["-c", check]).then(
        () => true,
        () => false,
      ));
    if (fits) return found;
  }
  throw new LocalDatabaseError(
    "database.python_missing",
    `No database to run on: there is no mongod on the PATH, ${noMongod}, and its stand-in needs ` +
      "Python 3.10 or newer, which is not here either. Install mongod or python3, or set MONGODB_URI.",
  );
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
