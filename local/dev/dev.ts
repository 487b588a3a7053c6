import { buildFunctions } from "../build-functions.ts";
import { buildConsoleIfStale } from "../console/serve-console.ts";
import { startHub } from "../hub.ts";
import type { Sample } from "../sample/fill.ts";
import { goLive } from "../sample/go-live.ts";
import { prepareSample } from "../sample/prepare-sample.ts";
import { emptySampleFolder, sampleDatabase } from "../sample/sample-folder.ts";
import { takeDataFolder, type DataFolder } from "./data-folder.ts";
import { connectTo, openDatabase, type DevDatabase } from "./dev-database.ts";
import { type DevEnvironment, sampleEnvironment } from "./environment.ts";
import { followSources } from "./follow-sources.ts";
import { createFunctionOutput } from "./function-output.ts";
import { letAnswersEnd } from "./let-answers-end.ts";
import { usualDataDir, type DevOptions } from "./options.ts";
import { choosePorts, requireFree, type DevPorts } from "./ports.ts";
import { prepareData } from "./prepare-data.ts";
import { makeFirstOwner } from "./first-owner.ts";
import { keepSecrets } from "./secrets.ts";
import { wakeNewSchedules } from "./wake-schedules.ts";
import { keptBots, sampleBotsOf, whereToLook } from "./where-to-look.ts";

export type Dev = { stop: () => Promise<void> };

type Start = { options: DevOptions; environment: DevEnvironment; say: (line: string) => void };
/** What the hub stands on; each part is stopped with the stack. */
type Ground = {
  folder: DataFolder;
  ports: DevPorts;
  database: DevDatabase;
  /** Null where people's own data is kept. */
  sample: Sample | null;
};

/**
 * The whole hub on this machine, its data kept in a folder. What the environment names is used
 * instead of the local part. Throws DevError and the errors of the parts; nothing runs then.
 */
export async function startDev(given: Start): Promise<Dev> {
  await using parts = new AsyncDisposableStack();
  const environment = given.options.sample
    ? sampleEnvironment(given.environment, sampleDatabase)
    : given.environment;
  const start = { ...given, environment };
  for (const note of environment.notes) start.say(`! ${note}`);
  await runHub(start, await layGround(start, parts), parts);
  const running = parts.move();
  return { stop: () => running.disposeAsync() };
}

async function layGround(
  { options, environment, say }: Start,
  parts: AsyncDisposableStack,
): Promise<Ground> {
  const { settings, databaseUri: uri, databaseName } = environment;
  const { sample } = options;
  const dataDir = options.dataDir ?? usualDataDir({ hasOwnDatabase: uri === null, sample });
  const folder = await takeDataFolder(dataDir);
  parts.defer(() => folder.release());
  if (sample) await emptySampleFolder(dataDir);
  const ports = await choosePorts(options.port);
  await requireFree(usedPorts(ports, settings));
  if (!options.built) {
    await buildFunctions();
    await buildConsoleIfStale(say);
  }
  const database = await openDatabase({ uri, databaseName, dataDir, log: say });
  parts.defer(() => database.stop());
  await folder.belongTo(database.name);
  if (sample) {
    return { folder, ports, database, sample: await layOutSample(database, ports, dataDir) };
  }
  const simulatorUrl = settings["WECHAT_BASE_URL"] ? null : `http://127.0.0.1:${ports.wechat}`;
  await prepareData({ database, databaseName, dataDir, simulatorUrl, say });
  return { folder, ports, database, sample: null };
}

async function layOutSample(
  { uri }: DevDatabase,
  { wechat, hermes }: DevPorts,
  dataDir: string,
): Promise<Sample> {
  const { CREDENTIAL_KEY: credentialKey } = await keepSecrets(dataDir);
  const client = connectTo(uri);
  try {
    return await prepareSample(client, {
      dataDir,
      credentialKey,
      wechatUrl: `http://127.0.0.1:${wechat}`,
      hermesUrl: `http://127.0.0.1:${hermes}/v1`,
    });
  } finally {
    await client.close();
  }
}

async function runHub(
  { options, environment, say }: Start,
  { folder, ports, database, sample }: Ground,
  parts: AsyncDisposableStack,
): Promise<void> {
  const { settings, databaseName } = environment;
  const output = createFunctionOutput(say);
  const hub = await startHub({
    dataDir: folder.path,
    pace: options.pace,
    settings: {
      PUBLIC_URL: `http://127.0.0.1:${ports.api}`,
      ...(await keepSecrets(folder.path)),
      ...settings,
    },
    ports,
    databaseUri: database.uri,
    databaseName,
    log: say,
    onFunctionLine: (line) => output.show(line),
  });
  parts.defer(() => hub.stop());
  const waking = wakeNewSchedules(hub.scheduler);
  parts.defer(() => waking.stop());
  if (!options.built) {
    const watched = await followSources(hub, { ownsPollers: database.isOurs, output, say });
    parts.defer(() => watched?.stop());
  }
  parts.defer(() => output.end());
  parts.defer(() => letAnswersEnd(hub.host, say));
  if (sample) {
    const live = goLive(hub, sample, options.pace);
    parts.defer(() => live.stop());
  }
  await folder.sayWhere(hub.apiUrl);
  const kept = sample ? sampleBotsOf(sample) : await keptBots(hub.db);
  if (kept !== null) say(kept);
  const owner = await makeFirstOwner(hub);
  say(whereToLook(hub, { settings, dataDir: folder.path, owner, isKept: sample === null }));
}

function usedPorts(
  { api, wechat, hermes, hermesControl }: DevPorts,
  settings: DevEnvironment["settings"],
): Record<string, number> {
  return {
    "the api": api,
    ...(settings["WECHAT_BASE_URL"] ? {} : { "the WeChat simulator": wechat }),
    ...(settings["HERMES_API_BASE_URL"]
      ? {}
      : { "the Hermes stand-in": hermes, "the Hermes stand-in's page": hermesControl }),
  };
}
