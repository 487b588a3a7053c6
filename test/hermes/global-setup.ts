import type { TestProject } from "vitest/node";
import { prepareHermes } from "./install-hermes.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Python of the environment that holds the real Hermes. */
    hermesPython: string;
  }
}

/** An environment that holds the real Hermes, for the whole run. */
export default async function setup(project: TestProject) {
  const log = (line: string) => void process.stderr.write(`${line}\n`);
  project.provide("hermesPython", await prepareHermes({ log }));
}
