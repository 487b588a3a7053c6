import { functionFigures, scheduleFigures, type FunctionName } from "./figures.ts";
import { secretsOf } from "./secrets.ts";
import { environmentOf, stage, stageSettings } from "./settings.ts";
import type { GivenSetting } from "./stage-settings.ts";

type HubFunction = {
  description: string;
  /** Values that follow from what is deployed; the function gets those that it reads. */
  given: Partial<Record<GivenSetting, $util.Input<string>>>;
  permissions: sst.aws.FunctionPermissionArgs[];
  /** Nobody waits for its end: a failed event is not repeated, and a late one is dropped. */
  asynchronous?: true;
  url?: sst.aws.FunctionArgs["url"];
};

/** The log of each function, by its name. */
export const logGroups: Partial<Record<FunctionName, aws.cloudwatch.LogGroup>> = {};

/** One of `functions/`, with the figures, settings and secrets of its name, and only these rights. */
export function hubFunction(name: FunctionName, args: HubFunction): sst.aws.Function {
  const title = `${name[0]?.toUpperCase()}${name.slice(1)}`;
  const { memoryMb, timeoutSeconds } = functionFigures[name];
  const logs = new aws.cloudwatch.LogGroup(
    `${title}Log`,
    {
      namePrefix: `/aws/lambda/${$app.name}-${$app.stage}-${name}-`,
      retentionInDays: stage.logRetentionDays,
    },
    { retainOnDelete: stage.keepsData },
  );
  logGroups[name] = logs;
  return new sst.aws.Function(title, {
    handler: `functions/${name}.handler`,
    description: args.description,
    runtime: "nodejs24.x",
    architecture: "arm64",
    memory: `${memoryMb} MB`,
    timeout: `${timeoutSeconds} seconds`,
    nodejs: { format: "esm", minify: true, splitting: true, plugins: "infra/bundle-plugins.mjs" },
    // `npm run dev` is the hub on one machine; a stage is the real thing, in `sst dev` too.
    dev: false,
    environment: environmentOf(name, args.given),
    link: secretsOf(name),
    permissions: [
      ...args.permissions,
      {
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        resources: [$interpolate`${logs.arn}:*`],
      },
    ],
    logging: { format: "json", logGroup: logs.name },
    concurrency: { reserved: stage.reservedConcurrency[name] },
    ...(args.url === undefined ? {} : { url: args.url }),
    ...(args.asynchronous ? { retries: scheduleFigures.maxRetryAttempts } : {}),
    transform: {
      // SST's own would write to every log of the account, and anybody in it could take the role on.
      role: {
        managedPolicyArns: [],
        assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" }),
      },
      function: {
        loggingConfig: {
          logFormat: "JSON",
          logGroup: logs.name,
          // Lambda overrules the logger's own level by this one.
          applicationLogLevel: stageSettings.logLevel,
          // Start and end of each of 43,200 wake-ups a month would cost more than they tell.
          systemLogLevel: "WARN",
        },
      },
      eventInvokeConfig: { maximumEventAgeInSeconds: scheduleFigures.maxEventAgeSeconds },
    },
  });
}
