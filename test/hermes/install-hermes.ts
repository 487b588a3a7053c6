import { execFile } from "node:child_process";
import { access, mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { withFileLock } from "#local/database/file-lock.ts";
import { findOnPath } from "#local/database/on-path.ts";

/** The release that is held against the stand-in, and the web server it brings along when asked. */
export const HERMES_VERSION = "0.19.0";
const PACKAGES = [`hermes-agent==${HERMES_VERSION}`, "aiohttp==3.14.1"];

const projectCacheDir = path.join(import.meta.dirname, "..", "..", ".cache");
const INSTALL_TIMEOUT_MS = 300_000;
const run = promisify(execFile);

/** The real Hermes could not be had; the message says why and what to do next. */
export class HermesInstallError extends Error {
  readonly code: "hermes.python_missing" | "hermes.install_failed";

  constructor(code: HermesInstallError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "HermesInstallError";
    this.code = code;
  }
}

export type InstallOptions = {
  log: (line: string) => void;
  cacheDir?: string;
  /** Where Python is looked for; the PATH unless said. */
  searchPath?: string | undefined;
};

/**
 * Gives the Python interpreter of an environment that holds Hermes, making the environment the
 * first time. Processes that ask at the same time make it once. Throws HermesInstallError.
 */
export async function prepareHermes(options: InstallOptions): Promise<string> {
  const { log, cacheDir = projectCacheDir, searchPath = process.env["PATH"] } = options;
  const home = path.join(cacheDir, `hermes-agent-${HERMES_VERSION}`);
  const python = path.join(home, "bin", "python");
  if (await exists(python)) return python;
  const systemPython = await findPython(searchPath);
  await mkdir(cacheDir, { recursive: true });
  await withFileLock(`${home}.lock`, async () => {
    if (await exists(python)) return;
    log(`Installing hermes-agent ${HERMES_VERSION} into ${home}, once; about half a minute …`);
    await install(systemPython, home);
  });
  return python;
}

/** Built beside its place and moved there when complete, so a broken one is never used. */
async function install(systemPython: string, home: string): Promise<void> {
  const building = `${home}.building`;
  await rm(building, { recursive: true, force: true });
  const limits = { timeout: INSTALL_TIMEOUT_MS, maxBuffer: 16 * 1024 * 1024 };
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  try {
    await run(systemPython, ["-m", "venv", building], limits);
    await run(path.join(building, "bin", "python"), [...pip, ...PACKAGES], limits);
    await rename(building, home);
  } catch (cause) {
    await rm(building, { recursive: true, force: true });
    throw new HermesInstallError(
      "hermes.install_failed",
      `hermes-agent ${HERMES_VERSION} could not be installed with ${systemPython}. If Python says ` +
        "that ensurepip or venv is missing, install python3-venv; if the network refused, allow " +
        "the Python package index.",
      { cause },
    );
  }
}

/** The releases of Python that this Hermes takes, by its own metadata. */
const FITS = "import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else 1)";

async function findPython(searchPath: string | undefined): Promise<string> {
  for (const name of ["python3", "python3.13", "python3.12", "python3.11", "python"]) {
    const found = await findOnPath(name, searchPath);
    if (found !== undefined && (await succeeds(found, ["-c", FITS]))) return found;
  }
  throw new HermesInstallError(
    "hermes.python_missing",
    `The real Hermes needs Python 3.11, 3.12 or 3.13, and none is on the PATH. Install one ` +
      "(Debian: apt-get install python3 python3-venv) and run this again. Without it, " +
      "npm test still runs everything against the stand-in.",
  );
}

function succeeds(program: string, args: string[]): Promise<boolean> {
  return run(program, args).then(
    () => true,
    () => false,
  );
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
