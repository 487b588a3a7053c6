import { lookup } from "node:dns/promises";
import { existsSync } from "node:fs";
import type { SettingsSource } from "#core/settings/read-settings.ts";
import { systemClock, type Clock } from "#core/shared/clock.ts";

/** Where the doctor looks, and from where. */
export type DoctorContext = {
  env: SettingsSource;
  /** In words: where the checks are made. */
  where: string;
  /** In a container 127.0.0.1 and host.docker.internal mean other machines. */
  isInContainer: boolean;
  /** The addresses of a host name; throws Node's DNS errors. */
  addressesOf: (host: string) => Promise<string[]>;
  clock: Clock;
  waitsMs: {
    /** For one address to take a connection or finish a TLS handshake. */
    connect: number;
    /** For health, models and capabilities. */
    read: number;
    database: number;
    aws: number;
  };
};

export function thisMachine(env: SettingsSource): DoctorContext {
  return {
    env,
    where: whereOf(env),
    isInContainer: existsSync("/.dockerenv") || existsSync("/run/.containerenv"),
    addressesOf: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
    clock: systemClock(),
    waitsMs: { connect: 5_000, read: 10_000, database: 8_000, aws: 10_000 },
  };
}

export const here = "this machine";

/** A deployed function is named by Lambda itself. */
function whereOf(env: SettingsSource): string {
  const name = settingOf(env, "AWS_LAMBDA_FUNCTION_NAME");
  return name === undefined ? here : `${name} in ${settingOf(env, "AWS_REGION") ?? "AWS"}`;
}

/** The setting, or undefined when it is empty, as `readSettings` sees it. */
export function settingOf(env: SettingsSource, name: string): string | undefined {
  const value = env[name];
  return value === "" ? undefined : value;
}

/** Node's code of a failure, such as ECONNREFUSED, also of one that happened underneath. */
export function errorCodeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  return errorCodeOf(error.cause);
}
