import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { LambdaHost } from "../lambda/host.ts";

export type RebuildOptions = {
  host: Pick<LambdaHost, "setEnvironment">;
  /** Throws what esbuild says when the sources do not build. */
  build: () => Promise<void>;
  /** The built module of each function. */
  bundles: Readonly<Record<string, string>>;
  /** For a function that is at work so long that its next invocation would be late. */
  afterRebuild: (functionName: string) => Promise<void>;
  say: (line: string) => void;
};

/** Gives the function that builds anew and lets whatever changed run from the next event on. */
export async function createRebuild(options: RebuildOptions): Promise<() => Promise<void>> {
  const { host, build, bundles, afterRebuild, say } = options;
  const current = await digestsOf(bundles);
  let isBroken = false;
  return async () => {
    const startedAt = performance.now();
    const wasBroken = isBroken;
    isBroken = !(await builds(build));
    if (isBroken) {
      say(
        "✗ The functions do not build; the last good ones go on until the source is right again.",
      );
      return;
    }
    const changed = [...(await digestsOf(bundles))].filter(
      ([name, digest]) => current.get(name) !== digest,
    );
    for (const [name, digest] of changed) {
      current.set(name, digest);
      // Warm instances end now, busy ones after their event; new ones load what is there now.
      await host.setEnvironment(name, {});
      await afterRebuild(name);
    }
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const names = changed.map(([name]) => name).join(", ");
    if (names !== "") say(`Source changed: ${names} built anew (${seconds} s).`);
    else if (wasBroken) say("The functions build again, as they were.");
  };
}

async function builds(build: () => Promise<void>): Promise<boolean> {
  try {
    await build();
    return true;
  } catch (error) {
    if (isBuildFailure(error)) return false;
    throw error;
  }
}

/** esbuild's own error, whose messages it has printed by now. */
export function isBuildFailure(error: unknown): boolean {
  return error instanceof Error && "errors" in error && "warnings" in error;
}

async function digestsOf(bundles: RebuildOptions["bundles"]): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  for (const [name, file] of Object.entries(bundles)) {
    digests.set(
      name,
      createHash("sha256")
        .update(await readFile(file))
        .digest("hex"),
    );
  }
  return digests;
}
