import type { TestProject } from "vitest/node";
import { startDatabase } from "#local/database/database.ts";

declare module "vitest" {
  export interface ProvidedContext {
    databaseUri: string;
  }
}

/** One database server for the whole run; each test file takes a database of its own in it. */
export default async function setup(project: TestProject) {
  const database = await startDatabase({
    dataDir: ":memory:",
    log: (line) => process.stderr.write(`${line}\n`),
  });
  project.provide("databaseUri", database.uri);
  return () => database.stop();
}
