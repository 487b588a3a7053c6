import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { CreateScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { MongoClient, type Db } from "mongodb";
import { migrate } from "#core/database/migrate.ts";
import { policyStore } from "#core/policies/policy.store.ts";
import {
  functionFigures,
  queueFigures,
  scheduleFigures,
  type FunctionName,
} from "#infra/figures.ts";
import { sourceVersion } from "#infra/source-version.ts";
import { bundlePath, functionNames } from "./build-functions.ts";
import { startDatabase, type LocalDatabase } from "./database/database.ts";
import { startHermesSim } from "./hermes-sim/server.ts";
import type { HermesSim } from "./hermes-sim/sim.ts";
import { serveConsole } from "./console/serve-console.ts";
import { createHubClient, type HubClient } from "./hub-client.ts";
import {
  functionArn,
  LOCAL_REGION,
  type FunctionDefinition,
} from "./lambda/function-definition.ts";
import { createLambdaHost, type FunctionLogLine, type LambdaHost } from "./lambda/host.ts";
import { startDatabaseProxy, type DatabaseProxy } from "./meter/database-proxy.ts";
import { createMeter, type Meter } from "./meter/meter.ts";
import { realPace, type Pace } from "./pace.ts";
import { startEventSourceMapping, type MappingOptions } from "./queue/event-source-mapping.ts";
import { startQueue, type LocalQueue } from "./queue/queue.ts";
import type { FiringProfile } from "./scheduler/clockwork.ts";
import { startScheduler, type Scheduler } from "./scheduler/scheduler.ts";
import { startWechatSim, type WechatSim } from "./wechat-sim/server.ts";

export type HubOptions = {
  /** Keeps data between starts; absent: everything is gone afterwards. */
  dataDir?: string;
  pace?: Pace;
  /** A database that runs already; absent: one is started. */
  databaseUri?: string;
  databaseName?: string;
  /** Settings that differ; WECHAT_BASE_URL and HERMES_API_BASE_URL replace the simulators. */
  settings?: Readonly<Record<string, string>>;
  ports?: { api?: number; wechat?: number; hermes?: number; hermesControl?: number };
  hermesPlaces?: number;
  /** The built module of each function; absent: those of this source. */
  bundles?: (name: FunctionName) => string;
  /** After how long a function is killed, where not as deployed. */
  timeoutSeconds?: Partial<Record<FunctionName, number>>;
  /** How scheduled ticks go wrong; absent: on time, once each. */
  ticks?: FiringProfile;
  /** Which jobs the queue gives out again although they were done; absent: none. */
  losesDeletion?: MappingOptions["losesDeletion"];
  /** Says which database is in use, and what a first start installs. */
  log: (line: string) => void;
  onFunctionLine?: (line: FunctionLogLine) => void;
};

export type Hub = {
  apiUrl: string;
  apiToken: string;
  client: HubClient;
  db: Db;
  host: LambdaHost;
  scheduler: Scheduler;
  queue: LocalQueue;
  meter: Meter;
  /** Cuts a function's connections to the database; gives how many. None where it is used directly. */
  cutDatabase(name: FunctionName): number;
  /** Null where the real one is used. */
  wechat: WechatSim | null;
  hermes: HermesSim | null;
  stop(): Promise<void>;
};

type Stoppable = { stop(): Promise<unknown> };

/** Starts the whole hub on this machine; the bundles must have been built. */
export async function startHub(options: HubOptions): Promise<Hub> {
  const started: Stoppable[] = [];
  const stop = async () => {
    for (const part of started.toReversed()) await part.stop();
    started.length = 0;
  };
  try {
    const hub = await startParts(options, started);
    return { ...hub, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(options: HubOptions, started: Stoppable[]): Promise<Omit<Hub, "stop">> {
  const { dataDir, pace = realPace, ports = {}, settings = {} } = options;
  const keep = <T extends Stoppable>(part: T): T => {
    started.push(part);
    return part;
  };
  const meter = createMeter();
  const database = await findDatabase(options, keep);
  const databaseName = options.databaseName ?? "clawbot_hub";
  const client = new MongoClient(database.uri, { ignoreUndefined: true });
  keep({ stop: () => client.close() });
  const db = client.db(databaseName);
  await migrate(db, (at) => policyStore(at).seed());

  const { wechat, hermes } = await startRemotes(options, pace, keep);
  const queue = keep(
    await startQueue({
      meter,
      ...(dataDir === undefined ? {} : { dataDir: join(dataDir, "queue") }),
      ...(pace.visibilitySeconds === null ? {} : { visibilitySeconds: pace.visibilitySeconds }),
    }),
  );
  const proxies = await startProxies(database.uri, meter, keep);
  const host = keep(
    await createLambdaHost({ meter, onLine: (line) => options.onFunctionLine?.(line) }),
  );
  const scheduler = keep(
    await startScheduler({
      host,
      meter,
      minuteMs: pace.minuteMs,
      ...(options.ticks === undefined ? {} : { profile: options.ticks }),
      ...(dataDir === undefined ? {} : { dataFile: join(dataDir, "schedules.json") }),
    }),
  );
  const apiToken = settings["API_TOKEN"] ?? randomBytes(24).toString("base64url");
  const environment: Record<string, string> = {
    MONGODB_DATABASE: databaseName,
    CREDENTIAL_KEY: `local:${randomBytes(32).toString("base64")}`,
    AGENT_QUEUE_URL: queue.agentQueueUrl,
    DEAD_LETTER_QUEUE_URL: queue.deadLetterUrl,
    AWS_ENDPOINT_URL_SQS: queue.endpoint,
    AWS_ENDPOINT_URL_SCHEDULER: scheduler.endpoint,
    AWS_ENDPOINT_URL_LAMBDA: host.endpoint,
    SCHEDULE_ROLE_ARN: "arn:aws:iam::000000000000:role/poll-schedules",
    POLL_FUNCTION_ARN: functionArn("poll"),
    API_TOKEN: apiToken,
    HUB_VERSION: sourceVersion(join(import.meta.dirname, "..")),
    HERMES_MODEL: "hermes-agent",
    HERMES_ALLOW_PRIVATE: "true",
    ...(wechat ? { WECHAT_BASE_URL: wechat.url } : {}),
    ...(hermes ? { HERMES_API_BASE_URL: hermes.baseUrl, HERMES_API_KEY: hermes.apiKey } : {}),
    ...pace.settings,
    ...settings,
  };
  for (const name of functionNames) {
    const uri = proxies.get(name)?.uri ?? database.uri;
    const module = (options.bundles ?? bundlePath)(name);
    const timeoutSeconds = options.timeoutSeconds?.[name] ?? functionFigures[name].timeoutSeconds;
    const own = { ...environment, MONGODB_URI: uri };
    registerFunction(host, { name, module, timeoutSeconds, environment: own });
  }
  keep(
    await startEventSourceMapping({
      host,
      functionName: "agent",
      endpoint: queue.endpoint,
      queueUrl: queue.agentQueueUrl,
      maximumConcurrency: (options.hermesPlaces ?? 10) + queueFigures.placesBesideHermes,
      batchSize: 1,
      ...(options.losesDeletion === undefined ? {} : { losesDeletion: options.losesDeletion }),
    }),
  );
  await ensureRetrySchedule(scheduler.endpoint);
  const api = await host.createFunctionUrl("api", {
    port: ports.api ?? 0,
    before: serveConsole(),
  });
  return {
    apiUrl: api.url,
    apiToken,
    client: createHubClient(api.url, apiToken),
    db,
    host,
    scheduler,
    queue,
    meter,
    cutDatabase: (name) => proxies.get(name)?.cut() ?? 0,
    wechat,
    hermes,
  };
}

async function findDatabase(
  { databaseUri, dataDir, log }: HubOptions,
  keep: (part: LocalDatabase) => LocalDatabase,
): Promise<{ uri: string }> {
  if (databaseUri !== undefined) return { uri: databaseUri };
  const place = dataDir === undefined ? ":memory:" : join(dataDir, "database");
  return keep(await startDatabase({ dataDir: place, log }));
}

/**
 * A counting door to the database per function, so that the meter knows who asked what. They stand
 * before the host, since parts stop in the opposite order. Only a plain address can be counted;
 * Atlas is used as it is.
 */
async function startProxies(
  targetUri: string,
  meter: Meter,
  keep: <T extends Stoppable>(part: T) => T,
): Promise<Map<FunctionName, DatabaseProxy>> {
  const proxies = new Map<FunctionName, DatabaseProxy>();
  if (!isOnePlainServer(targetUri)) return proxies;
  for (const label of functionNames) {
    proxies.set(label, keep(await startDatabaseProxy({ targetUri, label, meter })));
  }
  return proxies;
}

/** One address, no TLS: what passes by can be read and counted. */
function isOnePlainServer(uri: string): boolean {
  return /^mongodb:\/\/[^@,/?]+(\/|$)/.test(uri) && !/[?&](tls|ssl)=true/.test(uri);
}

async function startRemotes(
  { settings = {}, ports = {}, dataDir }: HubOptions,
  pace: Pace,
  keep: <T extends Stoppable>(part: T) => T,
): Promise<{ wechat: WechatSim | null; hermes: HermesSim | null }> {
  const holds =
    pace.holdMs === null
      ? {}
      : { config: { polling: { holdMs: pace.holdMs }, login: { statusHoldMs: pace.holdMs } } };
  const wechat = settings["WECHAT_BASE_URL"]
    ? null
    : keep(
        await startWechatSim({
          port: ports.wechat ?? 0,
          ...holds,
          ...(dataDir === undefined ? {} : { dataFile: join(dataDir, "wechat.json") }),
        }),
      );
  const hermes = settings["HERMES_API_BASE_URL"]
    ? null
    : keep(
        await startHermesSim({ port: ports.hermes ?? 0, controlPort: ports.hermesControl ?? 0 }),
      );
  return { wechat, hermes };
}

function registerFunction(
  host: LambdaHost,
  {
    name,
    module,
    ...given
  }: Pick<FunctionDefinition, "timeoutSeconds" | "environment"> & {
    name: FunctionName;
    module: string;
  },
): void {
  host.register({
    name,
    bundlePath: module,
    handler: "handler",
    memoryMb: functionFigures[name].memoryMb,
    ...given,
    retryAttempts: scheduleFigures.maxRetryAttempts,
    maxEventAgeSeconds: scheduleFigures.maxEventAgeSeconds,
  });
}

/** The one schedule that is not an account's; deployed, `infra/` makes it. */
async function ensureRetrySchedule(endpoint: string): Promise<void> {
  const client = new SchedulerClient({
    endpoint,
    region: LOCAL_REGION,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  try {
    await client.send(
      new CreateScheduleCommand({
        Name: "retry",
        ScheduleExpression: "rate(1 minute)",
        FlexibleTimeWindow: { Mode: "OFF" },
        Target: {
          Arn: functionArn("retry"),
          RoleArn: "arn:aws:iam::000000000000:role/retry-schedule",
        },
      }),
    );
  } catch (error) {
    const isKept = error instanceof Error && error.name === "ConflictException";
    if (!isKept) throw error;
  } finally {
    client.destroy();
  }
}
