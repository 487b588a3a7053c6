import type { TestProject } from "vitest/node";
import { buildFunctions } from "#local/build-functions.ts";
import { startDatabase } from "#local/database/database.ts";

declare module "vitest" {
  export interface ProvidedContext {
    databaseUri: string;
  }
}

/**
 * One database server for the whole run, in which each test file takes a database of its own, and
 * the functions' bundles as they are deployed.
 */
export default async function setup(project: TestProject) {
  const [database] = await Promise.all([
    startDatabase({ dataDir: ":memory:", log: (line) => process.stderr.write(`${line}\n`) }),
    buildFunctions(),
  ]);
  project.provide("databaseUri", database.uri);
  return () => database.stop();
}
