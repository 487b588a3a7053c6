import { execFile } from "node:child_process";
import { access, mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { withFileLock } from "#local/database/file-lock.ts";
import { findOnPath } from "#local/database/on-path.ts";

const projectCacheDir = path.join(import.meta.dirname, "..", ".cache");
const candidates = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python"];
const installTimeoutMs = 300_000;
const run = promisify(execFile);

/** A Python program could not be had; the message says why and what to do next. */
export class PythonEnvironmentError extends Error {
  readonly code: "python.missing" | "python.install_failed";

  constructor(code: PythonEnvironmentError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "PythonEnvironmentError";
    this.code = code;
  }
}

export type PythonProgram = {
  /** Its name and version, which name the folder too. */
  name: string;
  version: string;
  packages: readonly string[];
  /** The oldest Python that it takes, such as [3, 10], and the first that it does not take any more. */
  oldestPython: readonly [number, number];
  beforePython?: readonly [number, number];
  /** What cannot be done without it, for the message. */
  purpose: string;
};

/**
 * Gives the Python interpreter of an environment under `.cache` that holds the program, making the
 * environment the first time. Processes that ask at the same time make it once. Throws
 * PythonEnvironmentError.
 */
export async function preparePython(
  program: PythonProgram,
  {
    log,
    cacheDir = projectCacheDir,
    searchPath = process.env["PATH"],
  }: { log: (line: string) => void; cacheDir?: string; searchPath?: string | undefined },
): Promise<string> {
  const home = path.join(cacheDir, `${program.name}-${program.version}`);
  const python = path.join(home, "bin", "python");
  if (await exists(python)) return python;
  const systemPython = await findPython(program, searchPath);
  await mkdir(cacheDir, { recursive: true });
  await withFileLock(`${home}.lock`, async () => {
    if (await exists(python)) return;
    log(`Installing ${program.name} ${program.version} into ${home}, once; about half a minute …`);
    await install(program, systemPython, home);
  });
  return python;
}

/** Built beside its place and moved there when complete, so a broken one is never used. */
async function install(
  { name, version, packages }: PythonProgram,
  systemPython: string,
  home: string,
): Promise<void> {
  const building = `${home}.building`;
  await rm(building, { recursive: true, force: true });
  const limits = { timeout: installTimeoutMs, maxBuffer: 16 * 1024 * 1024 };
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  try {
    await run(systemPython, ["-m", "venv", building], limits);
    await run(path.join(building, "bin", "python"), [...pip, ...packages], limits);
    await rename(building, home);
  } catch (cause) {
    await rm(building, { recursive: true, force: true });
    throw new PythonEnvironmentError(
      "python.install_failed",
      `${name} ${version} could not be installed with ${systemPython}. If Python says that ensurepip ` +
        "or venv is missing, install python3-venv; if the network refused, allow the Python package index.",
      { cause },
    );
  }
}

async function findPython(
  { name, oldestPython, beforePython = [4, 0], purpose }: PythonProgram,
  searchPath: string | undefined,
): Promise<string> {
  const oldest = oldestPython.join(".");
  const [from, before] = [oldestPython, beforePython].map((version) => `(${version.join(", ")})`);
  const fits = `import sys; sys.exit(0 if ${from} <= sys.version_info < ${before} else 1)`;
  for (const candidate of candidates) {
    const found = await findOnPath(candidate, searchPath);
    if (found !== undefined && (await succeeds(found, ["-c", fits]))) return found;
  }
  throw new PythonEnvironmentError(
    "python.missing",
    `${purpose} needs ${name}, which is written in Python, and there is no Python ${oldest} or newer ` +
      "on the PATH. Install one (Debian: apt-get install python3 python3-venv) and run this again.",
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
