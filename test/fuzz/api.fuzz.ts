import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { serveApi } from "#test/serve-api.ts";
import { startSmallHub } from "#test/small-hub.ts";
import { testSettings } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { installSchemathesis } from "./install-schemathesis.ts";
import { settingsOf, storeKnownThings } from "./known-things.ts";

const { db } = withDatabase();
/** What it makes up for each route; more find more, and take longer. */
const examples = process.env["FUZZ_EXAMPLES"] ?? "20";
/** What it makes up follows from this number. */
const seed = process.env["FUZZ_SEED"] ?? "1";
const checks = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_schema_conformance",
];

test("no request makes the api fail, and no answer is other than its document says", async () => {
  const schemathesis = await installSchemathesis();
  const hub = await startSmallHub(db());
  onTestFinished(() => hub.stop());
  const api = await serveApi(hub.deps);
  onTestFinished(() => api.stop());
  // Where it is started it reads its settings, and leaves a folder of what it tried.
  const folder = await mkdtemp(join(tmpdir(), "fuzz-"));
  const settings = settingsOf(await storeKnownThings(hub, db()));
  await writeFile(join(folder, "schemathesis.toml"), settings);

  const run = spawn(
    schemathesis,
    [
      "run",
      `${api.url}/api/openapi.json`,
      "--url",
      api.url,
      "--no-color",
      "--header",
      `Authorization: Bearer ${testSettings.API_TOKEN}`,
      "--checks",
      checks.join(","),
      "--phases",
      "examples,coverage,fuzzing",
      "--max-examples",
      examples,
      "--seed",
      seed,
      "--continue-on-failure",
    ],
    { cwd: folder },
  );
  let output = "";
  for (const stream of [run.stdout, run.stderr]) stream.on("data", (data) => (output += data));
  const [code] = await once(run, "exit");
  expect(code, output).toBe(0);
});
