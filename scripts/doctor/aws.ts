import type { SettingsSource } from "#core/settings/read-settings.ts";
import { errorCodeOf, settingOf, type DoctorContext } from "./context.ts";
import type { FaultName } from "./faults.ts";

type ClientOptions = {
  region: string;
  maxAttempts: number;
  endpoint?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
};

const localCredentials = { accessKeyId: "local", secretAccessKey: "local" };

/**
 * What a client of the AWS SDK is made with: the endpoint that the environment names, such as the
 * one of `npm run dev`, which takes any credentials; else AWS itself, signed in as the SDK finds it.
 */
export function awsOptions(
  env: SettingsSource,
  service: "SQS" | "SCHEDULER",
  address: string,
): ClientOptions {
  const endpoint =
    settingOf(env, `AWS_ENDPOINT_URL_${service}`) ?? settingOf(env, "AWS_ENDPOINT_URL");
  const isLocal = endpoint !== undefined && settingOf(env, "AWS_ACCESS_KEY_ID") === undefined;
  return {
    region: regionOf(env, address),
    maxAttempts: 1,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(isLocal ? { credentials: localCredentials } : {}),
  };
}

/** Queue addresses and ARNs name their region. */
function regionOf(env: SettingsSource, address: string): string {
  const named = /(?:^arn:[^:]+:[^:]+:|\/\/sqs\.)([a-z]{2}[a-z-]*-\d)\b/.exec(address)?.[1];
  return (
    settingOf(env, "AWS_REGION") ?? settingOf(env, "AWS_DEFAULT_REGION") ?? named ?? "us-east-1"
  );
}

export function deadlineOf({ waitsMs }: DoctorContext): { abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(waitsMs.aws) };
}

/** The fault behind what a client of the AWS SDK threw. */
export function awsFault(error: unknown): FaultName {
  const name = error instanceof Error ? error.name : "";
  if (/QueueDoesNotExist|NonExistentQueue/.test(name)) return "queue_missing";
  if (name === "ResourceNotFoundException") return "schedule_group_missing";
  if (/AccessDenied|NotAuthorized/.test(name)) return "aws_right_missing";
  if (/Credentials|ExpiredToken|UnrecognizedClient|InvalidClientToken|Signature/.test(name)) {
    return "aws_sign_in";
  }
  const isSilence = /Timeout|Abort/.test(name) || errorCodeOf(error) !== "";
  return isSilence ? "aws_unreachable" : "aws_other";
}

/** Class and code, since the words of an error may repeat what was sent. */
export function awsError(error: unknown): string {
  const name = error instanceof Error ? error.name : "unknown error";
  const code = errorCodeOf(error);
  return code === "" || code === name ? name : `${name} (${code})`;
}
