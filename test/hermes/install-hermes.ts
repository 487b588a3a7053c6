import { preparePython, PythonEnvironmentError } from "#local/python-environment.ts";

/** The release that is held against the stand-in, and the web server it brings along when asked. */
export const HERMES_VERSION = "0.19.0";
const PACKAGES = [`hermes-agent==${HERMES_VERSION}`, "aiohttp==3.14.1"];

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
  const program = {
    name: "hermes-agent",
    version: HERMES_VERSION,
    packages: PACKAGES,
    // By its own metadata.
    oldestPython: [3, 11],
    beforePython: [3, 14],
    purpose: "Testing against the real Hermes",
  } as const;
  try {
    return await preparePython(program, options);
  } catch (error) {
    if (!(error instanceof PythonEnvironmentError)) throw error;
    if (error.code === "python.install_failed") {
      const { cause } = error;
      throw new HermesInstallError("hermes.install_failed", error.message, { cause });
    }
    throw new HermesInstallError(
      "hermes.python_missing",
      `The real Hermes needs Python 3.11, 3.12 or 3.13, and none is on the PATH. Install one ` +
        "(Debian: apt-get install python3 python3-venv) and run this again. Without it, " +
        "npm test still runs everything against the stand-in.",
    );
  }
}
