import { spawn } from "node:child_process";
import { access, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { platform, root } from "./paths.ts";

/** The SST platform is not there and could not be set up; the message says what is missing. */
export class PlatformMissingError extends Error {
  override name = "PlatformMissingError";
}

const longestSetUpMs = 10 * 60_000;

const Package = z.object({ version: z.string() });

/**
 * Sets up the SST platform in `.sst/platform`, as `sst deploy` would, unless it is there already:
 * 300 MB from the npm registry, about a minute. Needs neither Pulumi nor Bun nor an account, and
 * writes only into the project. Throws PlatformMissingError.
 */
export async function ensurePlatform(log: (line: string) => void): Promise<void> {
  if ((await findMissing()).length === 0) return;
  log("Setting up the SST platform in .sst (once, about a minute) …");
  // What a broken-off set-up left would be taken for whole.
  await rm(platform, { recursive: true, force: true });
  const said = await runInstall();
  const missing = await findMissing();
  if (missing.length === 0) return;
  throw new PlatformMissingError(
    `The SST platform could not be set up, so nothing can be planned. Missing:\n` +
      `${missing.map((part) => `- ${part}`).join("\n")}\n` +
      `It comes with \`npm ci\` and from the npm registry; see to it that both work, then try again.\n` +
      `\`sst install\` said:\n${said.trim()}`,
  );
}

async function findMissing(): Promise<string[]> {
  const wanted = await versionOf(join(root, "node_modules", "sst", "package.json"));
  if (wanted === null) return ["the package sst in node_modules"];
  const missing: string[] = [];
  const extracted = await readFile(join(platform, "version"), "utf8").catch(isAbsent);
  if (extracted?.trim() !== wanted) {
    missing.push(`.sst/platform of sst ${wanted}, which the package for this machine's kind holds`);
  }
  for (const name of ["@pulumi/pulumi", "@pulumi/aws"]) {
    const at = join(platform, "node_modules", name, "package.json");
    if ((await versionOf(at)) === null) missing.push(`${name} in .sst/platform/node_modules`);
  }
  const types = await access(join(platform, "config.d.ts")).catch(isAbsent);
  if (types === null) missing.push(".sst/platform/config.d.ts, written when all else is there");
  return missing;
}

async function versionOf(file: string): Promise<string | null> {
  const found = await readFile(file, "utf8").catch(isAbsent);
  return found === null ? null : Package.parse(JSON.parse(found)).version;
}

function isAbsent(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}

/** Resolves to what `sst install` printed; whether it worked is seen by what it left. */
async function runInstall(): Promise<string> {
  const child = spawn(join(root, "node_modules", ".bin", "sst"), ["install", "--print-logs"], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that the npm inside ends with it.
    detached: true,
    env: {
      ...withoutNpmRun(process.env),
      // Not the user's own folders: what lies there is for real deployments.
      XDG_CONFIG_HOME: join(root, ".cache", "sst"),
      npm_config_cache: join(root, ".cache", "npm"),
      // A registry that cannot be reached should show within a minute, not a quarter of an hour.
      npm_config_fetch_retries: "1",
      npm_config_fetch_retry_mintimeout: "1000",
      // Pulumi and Bun would be downloaded; only a deployment needs the one, and npm replaces the other.
      SST_SKIP_DEPENDENCY_CHECK: "1",
      SST_NO_BUN: "1",
      SST_TELEMETRY_DISABLED: "1",
      SST_STAGE: "plan",
    },
  });
  const failure = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
  });
  const stop = () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid);
  };
  const limit = setTimeout(stop, longestSetUpMs);
  // Whoever breaks us off means the installation too.
  const breakOff = () => process.exit(130);
  process.once("exit", stop).once("SIGINT", breakOff).once("SIGTERM", breakOff);
  const [out, err] = [text(child.stdout), text(child.stderr)];
  const said = await Promise.race([failure, Promise.all([out, err]).then((all) => all.join(""))]);
  clearTimeout(limit);
  process.off("exit", stop).off("SIGINT", breakOff).off("SIGTERM", breakOff);
  return said;
}

/** `npm run` tells its children where the project is; the npm inside would install there. */
function withoutNpmRun(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const ours = Object.entries(environment).filter(
    ([name]) => !/^npm_(config_(local_|global_)?prefix|package_|lifecycle_)/.test(name),
  );
  return Object.fromEntries(ours);
}
