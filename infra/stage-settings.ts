import { parseEnv } from "node:util";
import { z } from "zod";
import { settingSlices, type Settings } from "#core/settings/settings.ts";
import { SettingsError } from "#core/shared/errors.ts";
import { functionSlices, groundSlices } from "./function-slices.ts";
import { isSecretSetting, secretNames } from "./secret-names.ts";

/** Settings whose values follow from what is deployed. */
export const givenSettings = [
  "AGENT_QUEUE_URL",
  "DEAD_LETTER_QUEUE_URL",
  "SCHEDULE_GROUP",
  "SCHEDULE_ROLE_ARN",
  "SCHEDULE_DEAD_LETTER_ARN",
  "POLL_FUNCTION_ARN",
  "PUBLIC_URL",
  "HUB_STAGE",
  "HUB_VERSION",
] as const;

export type GivenSetting = (typeof givenSettings)[number];

export type StageSettings = {
  /** What the functions get, as written in the file; none of it is secret. */
  values: Readonly<Record<string, string>>;
  /** The console's own host name; absent, CloudFront gives one. */
  domain: string | undefined;
  hermesPlaces: Settings["hermes"]["HERMES_PLACES"];
  logLevel: Settings["runtime"]["LOG_LEVEL"];
  /** Who is told of alarms; nobody, unless the settings name somebody. */
  alarms: { email: string | undefined; endpoint: string | undefined };
  /** Absent, no budget is watched. */
  monthlyBudgetUsd: number | undefined;
};

const deploymentOnly = {
  HUB_DOMAIN: z.hostname().optional(),
  ALARM_EMAIL: z.email({ error: "write an e-mail address" }).optional(),
  ALARM_ENDPOINT: z
    .url({ protocol: /^https$/, error: "write the https:// address of a service that takes SNS" })
    .optional(),
  MONTHLY_BUDGET_USD: z.coerce.number().positive({ error: "write dollars, such as 50" }).optional(),
};

const known: ReadonlyMap<string, z.ZodType> = new Map(
  [...groundSlices, ...Object.values(functionSlices).flat()].flatMap(
    (slice): [string, z.ZodType][] => Object.entries(settingSlices[slice].shape),
  ),
);

/**
 * Reads a stage's plain settings, written as in `.env.example`, before anything is deployed with
 * them. Throws SettingsError naming every line that is unknown, wrong, secret or missing.
 */
export function readStageSettings(file: string, text: string): StageSettings {
  const present = Object.entries(parseEnv(text)).filter(([, value]) => value !== "");
  const values: Record<string, string> = {};
  for (const [name, value] of present) if (value !== undefined) values[name] = value;
  const complaints = [
    ...Object.entries(values).flatMap(([name, value]) => complaintAbout(name, value)),
    ...missingFrom(values),
  ];
  if (complaints.length > 0) {
    throw new SettingsError(
      "settings.wrong",
      `Nothing was deployed, these settings of the stage are wrong or missing:\n` +
        `${complaints.map((complaint) => `- ${complaint}`).join("\n")}\n` +
        `Write them into ${file}; .env.example explains each.`,
      { count: complaints.length },
    );
  }
  const { HUB_DOMAIN, ALARM_EMAIL, ALARM_ENDPOINT, MONTHLY_BUDGET_USD, ...forFunctions } = values;
  return {
    values: forFunctions,
    domain: HUB_DOMAIN,
    alarms: { email: ALARM_EMAIL, endpoint: ALARM_ENDPOINT },
    monthlyBudgetUsd: deploymentOnly.MONTHLY_BUDGET_USD.parse(MONTHLY_BUDGET_USD),
    hermesPlaces: settingSlices.hermes.shape.HERMES_PLACES.parse(values["HERMES_PLACES"]),
    logLevel: settingSlices.runtime.shape.LOG_LEVEL.parse(values["LOG_LEVEL"]),
  };
}

function complaintAbout(name: string, value: string): string[] {
  if (isSecretSetting(name)) {
    return [`${name}: is a secret; remove it here and run \`sst secret set ${secretNames[name]}\``];
  }
  if (isGiven(name)) return [`${name}: follows from what is deployed; remove it here`];
  const schema =
    known.get(name) ?? Object.entries(deploymentOnly).find(([key]) => key === name)?.[1];
  if (schema === undefined) return [`${name}: there is no setting of this name`];
  const parsed = schema.safeParse(value);
  if (!parsed.success) return parsed.error.issues.map(({ message }) => `${name}: ${message}`);
  if (isOnThisMachine(value)) {
    return [`${name}: points to this machine, which Lambda cannot reach; write its public address`];
  }
  return [];
}

function missingFrom(values: Readonly<Record<string, string>>): string[] {
  const missing = [...known].filter(
    ([name, schema]) =>
      values[name] === undefined &&
      !isSecretSetting(name) &&
      !isGiven(name) &&
      !schema.safeParse(undefined).success,
  );
  return missing.map(([name]) => `${name}: is missing`);
}

function isGiven(name: string): boolean {
  return givenSettings.some((given) => given === name);
}

function isOnThisMachine(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { hostname } = new URL(value);
  return /^(localhost|127\..*|0\.0\.0\.0|\[::1?\]|host\.docker\.internal)$/.test(hostname);
}
