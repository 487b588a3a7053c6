import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { eventually } from "#local/eventually.ts";
import { childGuard } from "#local/lambda/child-guard.ts";
import { quietPort } from "#local/quiet-port.ts";

export type HermesProcessOptions = {
  /** From `prepareHermes`. */
  python: string;
  modelUrl: string;
  /** Goes over the least that Hermes needs to run (its `config.yaml`). */
  config?: Readonly<Record<string, unknown>>;
};

const START_TIMEOUT_MS = 90_000;
const OUTPUT_TAIL_CHARACTERS = 4_000;

/** A real gateway with a home folder of its own, which outlives its process: it can be killed and started again. */
export class HermesProcess {
  readonly apiKey = randomBytes(24).toString("hex");
  readonly #options: HermesProcessOptions;
  readonly #folder: string;
  readonly #port: number;
  #child: ChildProcess | null = null;
  #output = "";

  constructor(options: HermesProcessOptions, folder: string, port: number) {
    this.#options = options;
    this.#folder = folder;
    this.#port = port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Hermes' own folder: its transcripts, memories and logs. */
  get home(): string {
    return path.join(this.#folder, "hermes");
  }

  /** The last words of the process, for a person. */
  get output(): string {
    return this.#output.trim();
  }

  /** Writes what Hermes reads for each turn; `config` goes over the least it needs. */
  async configure(config: Readonly<Record<string, unknown>>): Promise<void> {
    const model = {
      provider: "custom",
      default: "scripted",
      base_url: this.#options.modelUrl,
      api_key: "a-key-that-the-scripted-model-ignores",
    };
    // JSON is YAML.
    const text = JSON.stringify({ model, ...config }, null, 2);
    await writeFile(path.join(this.home, "config.yaml"), text);
  }

  async prepare(): Promise<void> {
    await mkdir(this.home, { recursive: true });
    const env = {
      API_SERVER_ENABLED: true,
      API_SERVER_KEY: this.apiKey,
      API_SERVER_PORT: this.#port,
    };
    const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\n`);
    await writeFile(path.join(this.home, ".env"), lines.join(""));
    await this.configure(this.#options.config ?? {});
  }

  /** Starts the process and waits until it answers `/health`. Throws with its last words. */
  async start(): Promise<void> {
    const child = spawn(this.#options.python, ["-m", "hermes_cli.main", "gateway", "run"], {
      cwd: this.#folder,
      env: this.#environment(),
      // A process group of its own, so that nothing it started is left over.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    childGuard().watch(child);
    this.#keepOutput(child);
    const came = await eventually("Hermes is up", () => this.#isUp(child), START_TIMEOUT_MS).catch(
      (error: unknown) => error,
    );
    if (came === "up") return;
    await this.kill();
    throw new Error(`Hermes did not start. Its last words:\n${this.output}`, { cause: came });
  }

  /** Asks the process to end and does not wait for it. */
  terminate(): void {
    this.#child?.kill("SIGTERM");
  }

  /** Ends the process and all it started at once, as a crash would, and waits until it is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child?.pid) return;
    const ended = hasEnded(child) ? null : once(child, "exit");
    killGroup(child.pid);
    await ended;
  }

  /** Ends the process and removes its folder. */
  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Nothing of this machine's own settings or keys gets in, and nothing but the model is reached. */
  #environment(): NodeJS.ProcessEnv {
    return {
      PATH: "/usr/local/bin:/usr/bin:/bin",
      HOME: this.#folder,
      TMPDIR: this.#folder,
      HERMES_HOME: this.home,
      LANG: "C.UTF-8",
      HTTPS_PROXY: "http://127.0.0.1:9",
      NO_PROXY: "127.0.0.1",
      // It would slow down the sixth start within two minutes.
      HERMES_GATEWAY_MAX_STARTS: "0",
    };
  }

  #keepOutput(child: ChildProcess): void {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output = (this.#output + text).slice(-OUTPUT_TAIL_CHARACTERS);
      });
    }
  }

  async #isUp(child: ChildProcess): Promise<"up" | "ended" | null> {
    if (hasEnded(child)) return "ended";
    const response = await fetch(`${this.url}/health`);
    return response.ok ? "up" : null;
  }
}

/** Starts a gateway whose home lies in a new temporary folder; `stop` removes both. */
export async function startHermesProcess(options: HermesProcessOptions): Promise<HermesProcess> {
  const folder = await mkdtemp(path.join(tmpdir(), "hermes-"));
  const hermes = new HermesProcess(options, folder, await quietPort());
  await hermes.prepare();
  try {
    await hermes.start();
    return hermes;
  } catch (error) {
    await hermes.stop();
    throw error;
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch (error) {
    const isGone = error instanceof Error && "code" in error && error.code === "ESRCH";
    if (!isGone) throw error;
  }
}
