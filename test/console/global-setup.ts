import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { buildConsole } from "#local/console/serve-console.ts";
import { startDatabase } from "#local/database/database.ts";

declare module "vitest" {
  export interface ProvidedContext {
    consoleDist: string;
  }
}

/** One database server for the run, and the console as it is now, built beside what somebody serves. */
export default async function setup(project: TestProject) {
  const outDir = await mkdtemp(join(tmpdir(), "console-dist-"));
  const [database] = await Promise.all([
    startDatabase({ dataDir: ":memory:", log: (line) => process.stderr.write(`${line}\n`) }),
    buildConsole(outDir),
  ]);
  project.provide("databaseUri", database.uri);
  project.provide("consoleDist", outDir);
  return async () => {
    await database.stop();
    await rm(outDir, { recursive: true });
  };
}
