import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  PutFunctionEventInvokeConfigCommand,
} from "@aws-sdk/client-lambda";
import {
  ConflictException,
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  SchedulerClient,
} from "@aws-sdk/client-scheduler";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { askForSchedule } from "./gate.ts";
import type { Rights } from "./rights.ts";
import type { PlannedFunction, PlannedRole, Stack, Statement } from "./stack.ts";

/** Clients of whoever deploys; no role limits them. */
export type Owner = ReturnType<typeof ownerOf>;

export function ownerOf(endpoint: string) {
  const config = {
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  };
  const clients = {
    iam: new IAMClient(config),
    lambda: new LambdaClient(config),
    logs: new CloudWatchLogsClient(config),
    scheduler: new SchedulerClient(config),
    sqs: new SQSClient({ ...config, useQueueUrlAsEndpoint: false }),
  };
  const stop = async () => {
    for (const client of Object.values(clients)) client.destroy();
  };
  return { ...clients, stop };
}

/** Dead-letter queues first, since a queue names its own. */
export async function makeQueues({ sqs }: Owner, { queues }: Stack): Promise<void> {
  const inOrder = queues.toSorted((a, b) => Number(!!a.redrivePolicy) - Number(!!b.redrivePolicy));
  for (const queue of inOrder) {
    await sqs.send(
      new CreateQueueCommand({
        QueueName: queue.name,
        Attributes: {
          VisibilityTimeout: String(queue.visibilityTimeoutSeconds),
          MessageRetentionPeriod: String(queue.messageRetentionSeconds),
          DelaySeconds: String(queue.delaySeconds),
          ...(queue.redrivePolicy ? { RedrivePolicy: queue.redrivePolicy } : {}),
          ...(queue.fifoQueue
            ? {
                FifoQueue: "true",
                ContentBasedDeduplication: String(queue.contentBasedDeduplication),
                ...(queue.deduplicationScope
                  ? { DeduplicationScope: queue.deduplicationScope }
                  : {}),
                ...(queue.fifoThroughputLimit
                  ? { FifoThroughputLimit: queue.fifoThroughputLimit }
                  : {}),
              }
            : {}),
        },
      }),
    );
  }
}

export async function makeRoles({ iam }: Owner, { roles }: Stack): Promise<void> {
  for (const role of roles) await makeRole(iam, role);
}

async function makeRole(iam: IAMClient, { name, trust, grants }: PlannedRole): Promise<void> {
  await iam.send(
    new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: documentOf(trust) }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: name,
      PolicyName: "planned",
      PolicyDocument: documentOf(grants),
    }),
  );
}

function documentOf(statements: readonly Statement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

export async function makeLogs({ logs }: Owner, { logGroups }: Stack): Promise<void> {
  for (const { namePrefix, retentionInDays } of logGroups) {
    await logs.send(new CreateLogGroupCommand({ logGroupName: namePrefix }));
    await logs.send(new PutRetentionPolicyCommand({ logGroupName: namePrefix, retentionInDays }));
  }
}

/** The function with its planned figures; `environment` is what the plan's values are here. */
export async function makeFunction(
  { lambda }: Owner,
  planned: PlannedFunction,
  code: Buffer,
  environment: Record<string, string>,
): Promise<void> {
  const { logFormat, logGroup, applicationLogLevel, systemLogLevel } = planned.loggingConfig;
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: planned.name,
      Role: planned.role,
      Handler: planned.handler,
      Runtime: planned.runtime,
      Architectures: planned.architectures,
      MemorySize: planned.memorySize,
      Timeout: planned.timeout,
      Environment: { Variables: environment },
      LoggingConfig: {
        LogFormat: logFormat === "JSON" ? "JSON" : "Text",
        LogGroup: logGroup,
        ApplicationLogLevel: applicationLogLevel,
        SystemLogLevel: systemLogLevel,
      },
      Code: { ZipFile: code },
    }),
  );
}

export async function makeInvokeConfigs({ lambda }: Owner, stack: Stack): Promise<void> {
  for (const planned of stack.invokeConfigs) {
    await lambda.send(
      new PutFunctionEventInvokeConfigCommand({
        FunctionName: planned.functionName,
        MaximumRetryAttempts: planned.maximumRetryAttempts,
        MaximumEventAgeInSeconds: planned.maximumEventAgeInSeconds,
      }),
    );
  }
}

/** Gives the path under which the emulator serves the function's address. */
export async function makeFunctionUrl({ lambda }: Owner, { functionUrl }: Stack): Promise<string> {
  const made = await lambda.send(
    new CreateFunctionUrlConfigCommand({
      FunctionName: functionUrl.functionName,
      AuthType: functionUrl.authorizationType,
    }),
  );
  const id = new URL(made.FunctionUrl ?? "").hostname.split(".")[0];
  return `/_aws/lambda-url/${id}`;
}

/** Lambda refuses a mapping whose function's role could not take from the queue; so does this. */
export async function makeMapping(owner: Owner, stack: Stack, rights: Rights): Promise<void> {
  const { mapping } = stack;
  const woken = stack.functions.find(({ name }) => mapping.functionName.endsWith(`:${name}`));
  const role = woken?.role.split("/").at(-1) ?? "";
  const taking = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
  for (const action of taking) {
    const need = { action, resource: mapping.eventSourceArn };
    rights.ask(role, need, "Lambda, taking jobs from the queue for it");
  }
  const present = await owner.lambda.send(
    new ListEventSourceMappingsCommand({ EventSourceArn: mapping.eventSourceArn }),
  );
  if (present.EventSourceMappings?.length) return;
  await owner.lambda.send(
    new CreateEventSourceMappingCommand({
      EventSourceArn: mapping.eventSourceArn,
      FunctionName: mapping.functionName,
      BatchSize: mapping.batchSize,
      MaximumBatchingWindowInSeconds: mapping.maximumBatchingWindowInSeconds,
      FunctionResponseTypes: mapping.functionResponseTypes,
      ScalingConfig: { MaximumConcurrency: mapping.scalingConfig.maximumConcurrency },
    }),
  );
}

export async function makeScheduleGroup({ scheduler }: Owner, stack: Stack): Promise<void> {
  await scheduler.send(new CreateScheduleGroupCommand({ Name: stack.scheduleGroup.name }));
}

/** The one schedule that is not an account's. */
export async function makeRetrySchedule(
  { scheduler }: Owner,
  { retrySchedule }: Stack,
  rights: Rights,
): Promise<void> {
  const { name, groupName, scheduleExpression, flexibleTimeWindow, target } = retrySchedule;
  const wanted = {
    Name: name,
    GroupName: groupName,
    ScheduleExpression: scheduleExpression,
    FlexibleTimeWindow: { Mode: flexibleTimeWindow.mode },
    Target: {
      Arn: target.arn,
      RoleArn: target.roleArn,
      RetryPolicy: {
        MaximumRetryAttempts: target.retryPolicy.maximumRetryAttempts,
        MaximumEventAgeInSeconds: target.retryPolicy.maximumEventAgeInSeconds,
      },
      DeadLetterConfig: { Arn: target.deadLetterConfig.arn },
    },
  };
  askForSchedule(rights, wanted);
  try {
    await scheduler.send(new CreateScheduleCommand(wanted));
  } catch (error) {
    // Made in an earlier round of the same step.
    if (!(error instanceof ConflictException)) throw error;
  }
}
