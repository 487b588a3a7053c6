import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { readStageSettings } from "#infra/stage-settings.ts";
import { stageOf } from "#infra/stage.ts";
import { askStage } from "../doctor/ask-stage.ts";
import { describeArea, describeEnd } from "../doctor/report-text.ts";
import type { DoctorReport } from "../doctor/run-doctor.ts";
import { missingSecrets, readSecretList, settingsOf } from "./secrets.ts";
import type { Runner } from "./steps.ts";

/** The deployment stopped; the message says at what and how to go on. */
export class DeployStoppedError extends Error {
  override name = "DeployStoppedError";
}

export type DeployOptions = {
  stage: string;
  folder: string;
  run: Runner;
  say: (line: string) => void;
  doctor?: (stage: string) => Promise<DoctorReport>;
};

const Outputs = z.object({ url: z.url() });

/**
 * One stage from its settings and secrets to a hub that answers: checks both, builds the console,
 * migrates, deploys, has the doctor look from inside, and tells where the console is. Each step may
 * be repeated, so the whole may. Throws DeployStoppedError or SettingsError.
 */
export async function deploy(options: DeployOptions): Promise<void> {
  const { stage, folder, run, say, doctor = askStage } = options;
  const sst = join(folder, "node_modules", ".bin", "sst");
  const written = checkSettings(folder, stage);
  say(`1. The settings in .env.${stage} are right.`);
  const secrets = await checkSecrets(options, sst);
  say("2. All secrets are set.");
  await buildConsole(options);
  const inDatabase = {
    MONGODB_DATABASE: stageOf(stage).databaseName,
    ...written,
    ...settingsOf(secrets),
    HUB_STAGE: stage,
  };
  say("4. The database:");
  const node = [process.execPath];
  if (!(await run.show([...node, "scripts/db-migrate.ts"], inDatabase))) {
    throw new DeployStoppedError(
      "The database could not be migrated; nothing was deployed. Check MongodbUri, and that Atlas lets this machine in (docs/deploy.md).",
    );
  }
  say("5. sst deploy:");
  if (!(await run.show([sst, "deploy", "--stage", stage]))) {
    throw new DeployStoppedError(
      "sst deploy failed; what it said stands above. What runs is what ran before. Run this again when it is mended.",
    );
  }
  const { url } = Outputs.parse(
    JSON.parse(await readFile(join(folder, ".sst", "outputs.json"), "utf8")),
  );
  await lookInside(stage, doctor, say);
  say(`7. The console: ${url}`);
  await run.show([...node, "scripts/first-owner.ts"], { ...inDatabase, PUBLIC_URL: url });
}

function checkSettings(folder: string, stage: string): Readonly<Record<string, string>> {
  const file = join(folder, `.env.${stage}`);
  return readStageSettings(`.env.${stage}`, existsSync(file) ? readFileSync(file, "utf8") : "")
    .values;
}

async function checkSecrets(
  { stage, run }: DeployOptions,
  sst: string,
): Promise<Map<string, string>> {
  const { ok, printed } = await run.read([sst, "secret", "list", "--stage", stage]);
  if (!ok) {
    throw new DeployStoppedError(
      "The secrets could not be read; what sst said stands above. Are you signed in to AWS (aws sts get-caller-identity)?",
    );
  }
  const present = readSecretList(printed);
  const missing = missingSecrets(present, stage);
  if (missing.length === 0) return present;
  throw new DeployStoppedError(
    `Nothing was deployed, ${missing.length} secrets are missing. Set them:\n${missing.join("\n")}`,
  );
}

async function buildConsole({ folder, run, say }: DeployOptions): Promise<void> {
  if (!existsSync(join(folder, "console", "vite.config.ts"))) {
    say("3. There is no console to build; the API goes without.");
    return;
  }
  say("3. The console:");
  if (await run.show(["npm", "run", "--silent", "console:build"])) return;
  throw new DeployStoppedError("The console does not build; nothing was deployed.");
}

async function lookInside(
  stage: string,
  doctor: (stage: string) => Promise<DoctorReport>,
  say: (line: string) => void,
): Promise<void> {
  say("6. The doctor, from inside the agent Lambda:");
  const report = await doctor(stage);
  for (const [area, lines] of Map.groupBy(report.checks, (line) => line.area)) {
    say(describeArea(area, lines));
  }
  say(describeEnd(report));
  if (report.ok) return;
  throw new DeployStoppedError(
    `The stage is deployed, but not everything works from inside. Mend what failed, then: npm run doctor -- --stage ${stage}`,
  );
}
