import { z } from "zod";
import type { FunctionName } from "#infra/figures.ts";
import type { Plan } from "#scripts/plan/evaluate.ts";

const list = z.union([z.string(), z.array(z.string())]).transform((one) => [one].flat());

/** A policy as far as the plan writes them: what allows, and conditions of equality. */
const Policy = z
  .unknown()
  .transform((given): unknown => (typeof given === "string" ? JSON.parse(given) : given))
  .pipe(
    z.object({
      Statement: z.array(
        z.strictObject({
          Sid: z.string().optional(),
          Effect: z.literal("Allow"),
          Action: list,
          Resource: list.default([]),
          Principal: z.record(z.string(), list).optional(),
          Condition: z.strictObject({ StringEquals: z.record(z.string(), list) }).optional(),
        }),
      ),
    }),
  );

export type Statement = z.output<typeof Policy>["Statement"][number];

const Queue = z.object({
  name: z.string(),
  fifoQueue: z.boolean(),
  contentBasedDeduplication: z.boolean(),
  deduplicationScope: z.string().optional(),
  fifoThroughputLimit: z.string().optional(),
  delaySeconds: z.number(),
  visibilityTimeoutSeconds: z.number(),
  messageRetentionSeconds: z.number(),
  redrivePolicy: z.string().optional(),
});

const Role = z.object({
  name: z.string().optional(),
  assumeRolePolicy: Policy,
  inlinePolicies: z.array(z.object({ name: z.string(), policy: Policy })).default([]),
});

const Lambda = z.object({
  name: z.string(),
  role: z.string(),
  handler: z.string(),
  runtime: z.literal("nodejs24.x"),
  architectures: z.array(z.literal(["arm64", "x86_64"])),
  memorySize: z.number(),
  timeout: z.number(),
  environment: z.object({ variables: z.record(z.string(), z.string()) }),
  loggingConfig: z.object({
    logFormat: z.literal("JSON"),
    logGroup: z.string(),
    applicationLogLevel: z.literal(["DEBUG", "INFO", "WARN", "ERROR"]),
    systemLogLevel: z.literal(["DEBUG", "INFO", "WARN"]),
  }),
});

const Mapping = z.object({
  eventSourceArn: z.string(),
  functionName: z.string(),
  batchSize: z.number(),
  maximumBatchingWindowInSeconds: z.number(),
  functionResponseTypes: z.array(z.literal("ReportBatchItemFailures")),
  scalingConfig: z.object({ maximumConcurrency: z.number() }),
});

const Schedule = z.object({
  name: z.string(),
  groupName: z.string(),
  scheduleExpression: z.string(),
  flexibleTimeWindow: z.object({ mode: z.literal("OFF") }),
  target: z.object({
    arn: z.string(),
    roleArn: z.string(),
    retryPolicy: z.object({
      maximumRetryAttempts: z.number(),
      maximumEventAgeInSeconds: z.number(),
    }),
    deadLetterConfig: z.object({ arn: z.string() }),
  }),
});

const InvokeConfig = z.object({
  functionName: z.string(),
  maximumRetryAttempts: z.number(),
  maximumEventAgeInSeconds: z.number(),
});

/** A function of the plan with what its code is made of. */
export type PlannedFunction = z.output<typeof Lambda> & {
  function: FunctionName;
  entry: string;
  links: readonly string[];
};
export type PlannedRole = { title: string; name: string; trust: Statement[]; grants: Statement[] };
export type Stack = ReturnType<typeof readStack>;

/** What of the plan an emulator can be given, with every figure and name as planned. */
export function readStack(plan: Plan) {
  const planned = <S extends z.ZodType>(type: string, schema: S) =>
    plan.resources
      .filter((resource) => resource.type === `aws:${type}`)
      .map(({ name, inputs }) => ({ title: name, inputs: schema.parse(inputs) }));
  const one = <T>(found: readonly { inputs: T }[], what: string): T => {
    const [only, ...more] = found;
    if (!only || more.length > 0) throw new Error(`The plan has not exactly one ${what}.`);
    return only.inputs;
  };
  const attached = planned(
    "iam/rolePolicy:RolePolicy",
    z.object({ role: z.string(), policy: Policy }),
  );
  const roles = planned("iam/role:Role", Role).map(({ title, inputs }): PlannedRole => {
    const name = inputs.name ?? title;
    const own = inputs.inlinePolicies.map(({ policy }) => policy);
    const others = attached.filter(({ inputs: of }) => of.role === name);
    const policies = [...own, ...others.map(({ inputs: of }) => of.policy)];
    const grants = policies.flatMap(({ Statement }) => Statement);
    return { title, name, trust: inputs.assumeRolePolicy.Statement, grants };
  });
  return {
    queues: planned("sqs/queue:Queue", Queue).map(({ inputs }) => inputs),
    roles,
    logGroups: planned(
      "cloudwatch/logGroup:LogGroup",
      z.object({ namePrefix: z.string(), retentionInDays: z.number() }),
    ).map(({ inputs }) => inputs),
    functions: planned("lambda/function:Function", Lambda).map(
      ({ title, inputs }): PlannedFunction => {
        const built = plan.functions[title.replace(/Function$/, "")];
        if (!built) throw new Error(`The plan does not say what ${title} is made of.`);
        const entry = built.handler.replace(/\.handler$/, ".ts");
        return { ...inputs, function: nameOf(entry), entry, links: built.links };
      },
    ),
    invokeConfigs: planned(
      "lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
      InvokeConfig,
    ).map(({ inputs }) => inputs),
    functionUrl: one(
      planned(
        "lambda/functionUrl:FunctionUrl",
        z.object({ functionName: z.string(), authorizationType: z.literal("NONE") }),
      ),
      "function URL",
    ),
    mapping: one(planned("lambda/eventSourceMapping:EventSourceMapping", Mapping), "mapping"),
    scheduleGroup: one(
      planned("scheduler/scheduleGroup:ScheduleGroup", z.object({ name: z.string() })),
      "schedule group",
    ),
    retrySchedule: one(planned("scheduler/schedule:Schedule", Schedule), "schedule"),
  };
}

const entryName = z.literal(["poll", "agent", "retry", "api"]);

function nameOf(entry: string): FunctionName {
  return entryName.parse(/^functions\/(\w+)\.ts$/.exec(entry)?.[1]);
}
