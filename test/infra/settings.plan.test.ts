import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lambdaOf, plans } from "./planned.ts";
import { sealLinks } from "./seal-links.ts";

const plan = plans.production;

/** As an operator would set them. */
const secrets: Record<string, string> = {
  MongodbUri: "mongodb+srv://user:password@cluster.example/",
  CredentialKey: `k1:${randomBytes(32).toString("base64")}`,
  HermesApiKey: "a-key",
  HermesExtraHeaders: "{}",
  ApiToken: randomBytes(24).toString("base64url"),
  WechatProxyUrl: "",
  AlertWebhookUrl: "",
  AlertWebhookSecret: "",
};

let codeFolder: string;
beforeEach(async () => {
  codeFolder = await mkdtemp(join(tmpdir(), "hub-start-"));
});
afterEach(() => rm(codeFolder, { recursive: true }));

/** Starts the function with the environment and the links that are planned for it, as Lambda would. */
async function start(name: string, without?: string): Promise<string> {
  const linked = plan.functions[`${name[0]?.toUpperCase()}${name.slice(1)}`]?.links ?? [];
  const links = linked
    .filter((link) => link !== without)
    .map((link) => [link, { type: "sst.sst.Secret", value: secrets[link] }]);
  const key = randomBytes(32);
  const opened = await sealLinks(codeFolder, Object.fromEntries(links), key);
  const file = new URL(`../../functions/${name}.ts`, import.meta.url).href;
  const started = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", `await import("${file}"); console.log("started");`],
    {
      cwd: codeFolder,
      env: { ...lambdaOf(plan, name).environment.variables, ...opened, AWS_REGION: "us-east-1" },
    },
  ).catch((error: { stderr: string }) => ({ stdout: error.stderr }));
  return started.stdout;
}

test.each(["poll", "agent", "retry", "api"])(
  "%s starts with the settings that are planned for it",
  async (name) => {
    expect(await start(name)).toBe("started\n");
  },
);

test("a function stops when one of its secrets is not linked, and names the setting", async () => {
  expect(await start("api", "ApiToken")).toContain("- API_TOKEN: is missing");
});
