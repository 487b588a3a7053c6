import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { DoctorReport } from "../doctor/run-doctor.ts";
import { deploy } from "./deploy.ts";
import type { Runner } from "./steps.ts";

const allSecrets = [
  "# fallback",
  "MongodbUri=mongodb+srv://atlas/",
  "CredentialKey=k1:key=",
  "HermesApiKey=hermes",
  "",
  "# wechat-clawbot-hub/staging",
  "ApiToken=a-token",
].join("\n");

let folder: string;
let commands: string[];
let environments: Record<string, string>[];
let said: string[];
let secrets: string;
let failing: string;
let report: DoctorReport;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hub-deploy-"));
  await mkdir(join(folder, ".sst"));
  await writeFile(join(folder, ".sst", "outputs.json"), '{"url":"https://hub.example"}');
  await writeFile(join(folder, ".env.staging"), "HERMES_API_BASE_URL=https://hermes.example/v1\n");
  [commands, environments, said, secrets, failing] = [[], [], [], allSecrets, "nothing"];
  report = { ok: true, passed: 1, failed: 0, skipped: 0, checks: [] };
});
afterEach(() => rm(folder, { recursive: true }));

const run: Runner = {
  async show(command, environment = {}) {
    commands.push(nameOf(command));
    environments.push(environment);
    return !nameOf(command).includes(failing);
  },
  async read(command) {
    commands.push(nameOf(command));
    return { ok: !nameOf(command).includes(failing), printed: secrets };
  },
};

/** `sst deploy --stage staging`, whatever folder the program lies in. */
function nameOf(command: readonly string[]): string {
  return command.map((part) => part.replace(/^.*\//, "")).join(" ");
}

function deployed(): Promise<void> {
  const say = (line: string) => said.push(line);
  return deploy({ stage: "staging", folder, run, say, doctor: async () => report });
}

test("checks, migrates, deploys, looks from inside, and tells the console and the first owner's link", async () => {
  await deployed();
  expect(commands).toEqual([
    "sst secret list --stage staging",
    "node db-migrate.ts",
    "sst deploy --stage staging",
    "node first-owner.ts",
  ]);
  expect(environments[0]).toMatchObject({
    MONGODB_URI: "mongodb+srv://atlas/",
    MONGODB_DATABASE: "clawbot_hub_staging",
  });
  expect(environments.at(-1)).toMatchObject({ PUBLIC_URL: "https://hub.example" });
  expect(said.join("\n")).toContain("https://hub.example");
});

test("missing secrets are named with the commands that set them, and nothing is changed", async () => {
  secrets = "MongodbUri=\n";
  await expect(deployed()).rejects.toThrow(
    /4 secrets are missing[^]*npx sst secret set MongodbUri .*--stage staging[^]*sst secret set CredentialKey "k1:\$\(openssl rand -base64 32\)" --stage staging/,
  );
  expect(commands).toEqual(["sst secret list --stage staging"]);
});

test("a wrong setting stops before anything else", async () => {
  await writeFile(join(folder, ".env.staging"), "HERMES_API_BASE_URL=http://localhost/v1\n");
  await expect(deployed()).rejects.toThrow("Lambda cannot reach");
  expect(commands).toEqual([]);
});

test("no release goes onto a database that could not be migrated", async () => {
  failing = "db-migrate";
  await expect(deployed()).rejects.toThrow("nothing was deployed");
  expect(commands.at(-1)).toBe("node db-migrate.ts");
});

test("a deployment that failed is not looked at and gives no link", async () => {
  failing = "sst deploy";
  await expect(deployed()).rejects.toThrow("What runs is what ran before");
  expect(commands.at(-1)).toBe("sst deploy --stage staging");
});

test("what the doctor finds wrong from inside stops with what to do next", async () => {
  report = { ...report, ok: false, failed: 1 };
  await expect(deployed()).rejects.toThrow("npm run doctor -- --stage staging");
});

test("secrets are never said", async () => {
  await deployed();
  for (const secret of ["atlas", "k1:key", "a-token"])
    expect(said.join("\n")).not.toContain(secret);
});
