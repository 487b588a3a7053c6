export type FunctionDefinition = {
  name: string;
  /** The built ES module. */
  bundlePath: string;
  /** The name of the exported handler. */
  handler: string;
  memoryMb: number;
  timeoutSeconds: number;
  environment: Readonly<Record<string, string>>;
  /** Reserved concurrency; without it only the account's limit counts. */
  maximumConcurrency?: number;
  /** How often a failed asynchronous event is tried again. */
  retryAttempts: number;
  /** How old an asynchronous event may get before it is dropped. */
  maxEventAgeSeconds: number;
};

export const LOCAL_REGION = "us-east-1";
const LOCAL_ACCOUNT = "000000000000";

export function functionArn(name: string): string {
  return `arn:aws:lambda:${LOCAL_REGION}:${LOCAL_ACCOUNT}:function:${name}`;
}

/** The name in a function's name, partial or full ARN, with or without a qualifier. */
export function functionNameOf(reference: string): string {
  const parts = reference.split(":");
  const marker = parts.indexOf("function");
  return (marker === -1 ? parts[0] : parts[marker + 1]) ?? reference;
}

/**
 * What Lambda puts into a function's environment. Nothing of our own environment goes in but
 * what a process needs to run: a function must not depend on a developer's shell.
 */
export function instanceEnvironment(
  definition: FunctionDefinition,
  instanceId: string,
): Record<string, string> {
  const { name, memoryMb, handler } = definition;
  const inherited: Record<string, string> = {};
  for (const variable of ["PATH", "HOME", "TMPDIR"]) {
    const value = process.env[variable];
    if (value !== undefined) inherited[variable] = value;
  }
  return {
    ...inherited,
    TZ: ":UTC",
    LANG: "en_US.UTF-8",
    AWS_REGION: LOCAL_REGION,
    AWS_DEFAULT_REGION: LOCAL_REGION,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: `${memoryMb}`,
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: instanceId,
    _HANDLER: `index.${handler}`,
    ...definition.environment,
  };
}
