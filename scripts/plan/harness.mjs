/**
 * Runs inside the SST platform, bundled into it: evaluates sst.config.ts as `sst deploy` does, but
 * with Pulumi's mocks in place of AWS, and writes what would be made into the file it is told. Plain
 * JavaScript, because its imports exist only where the platform is installed. The globals `$app`,
 * `$cli` and `$dev`, which the SST CLI writes into the code, stand in front of the bundle.
 */
import { writeFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { run } from "../../.sst/platform/src/auto/run.ts";
import config from "../../sst.config.ts";
import { answerTo, stateOf } from "./stand-ins.mjs";

const [outFile] = process.argv.slice(2);
const resources = [];
const kept = new Set();
let outputs = {};

process.on("uncaughtException", stop);
process.on("unhandledRejection", stop);
Object.assign($app, await config.app({ stage: $app.stage }));
await pulumi.runtime.setMocks(
  {
    newResource({ type, name, inputs, custom }) {
      // What is no resource of a provider only groups others.
      if (custom) resources.push({ type, name, inputs: withoutMarks(inputs) });
      return { id: `${name}-id`, state: stateOf(type, name, inputs) };
    },
    call: ({ token, inputs }) => answerTo(token, inputs),
  },
  $app.name,
  $app.stage,
  false,
);
await pulumi.runtime.runInPulumiStack(async () => {
  outputs = await run(async () => {
    // Registered after SST's own, so that it sees what those decided.
    pulumi.runtime.registerStackTransformation(({ type, name, opts }) => {
      if (opts.retainOnDelete) kept.add(`${type} ${name}`);
      return undefined;
    });
    return config.run();
  });
});

// Outputs resolve long after the program's end; only an idle process has seen them all.
process.once("beforeExit", () => {
  const plan = {
    app: $app,
    outputs: Object.keys(outputs).filter((name) => !name.startsWith("_")),
    resources: resources.map((resource) => ({
      ...resource,
      isKept: kept.has(`${resource.type} ${resource.name}`),
    })),
  };
  writeFileSync(outFile, JSON.stringify(plan));
});

/** What a person can mend has a message of its own; of the rest only the place helps. */
function stop(error) {
  const isForPeople = ["SettingsError", "VisibleError"].includes(error?.constructor?.name);
  process.stderr.write(`${isForPeople ? error.message : (error?.stack ?? error)}\n`);
  process.exit(1);
}

/** Pulumi marks what depends on a secret, which here is nearly everything; only the value counts. */
function withoutMarks(value) {
  if (Array.isArray(value)) return value.map(withoutMarks);
  if (value === null || typeof value !== "object") return value;
  if (pulumi.runtime.specialSigKey in value && "value" in value) return withoutMarks(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withoutMarks(part)]));
}
