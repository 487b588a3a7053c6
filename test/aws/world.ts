import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MongoClient, type Db } from "mongodb";
import { migrate } from "#core/database/migrate.ts";
import { policyStore } from "#core/policies/policy.store.ts";
import { startDatabase } from "#local/database/database.ts";
import { startHermesSim } from "#local/hermes-sim/server.ts";
import type { HermesSim } from "#local/hermes-sim/sim.ts";
import { createHubClient, type HubClient } from "#local/hub-client.ts";
import { childGuard } from "#local/lambda/child-guard.ts";
import { startWechatSim, type WechatSim } from "#local/wechat-sim/server.ts";
import type { FunctionName } from "#infra/figures.ts";
import {
  makeFunction,
  makeFunctionUrl,
  makeInvokeConfigs,
  makeLogs,
  makeQueues,
  makeRoles,
  makeScheduleGroup,
  ownerOf,
  type Owner,
} from "./deploy.ts";
import { openDoor, openFrontDoor } from "./gate.ts";
import { startMinistack, type Ministack } from "./ministack.ts";
import { packageFunction } from "./package-function.ts";
import type { Rights } from "./rights.ts";
import type { PlannedFunction, Stack } from "./stack.ts";

/** The deployed hub with everything around it, as the steps see it. */
export type World = {
  stack: Stack;
  rights: Rights;
  owner: Owner;
  ministack: Ministack;
  wechat: WechatSim;
  hermes: HermesSim;
  db: Db;
  client: HubClient;
  /** The planned name of the function. */
  lambdaName(name: FunctionName): string;
};

type Stoppable = { stop(): Promise<unknown> };

/** Starts the emulator, deploys the stack into it, works, and ends everything that was started. */
export async function inWorld<T>(
  given: { stack: Stack; rights: Rights; python: string; log: (line: string) => void },
  work: (world: World) => Promise<T>,
): Promise<T> {
  const started: Stoppable[] = [];
  try {
    return await work(await startWorld(given, (part) => (started.push(part), part)));
  } finally {
    for (const part of started.toReversed()) await part.stop();
  }
}

async function startWorld(
  given: { stack: Stack; rights: Rights; python: string; log: (line: string) => void },
  keep: <P extends Stoppable>(part: P) => P,
): Promise<World> {
  const { stack, rights, python, log } = given;
  const folder = await mkdtemp(join(tmpdir(), "clawbot-aws-"));
  childGuard().removeFolder(folder);
  keep({ stop: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }) });
  const database = keep(await startDatabase({ dataDir: ":memory:", log }));
  const mongo = new MongoClient(database.uri, { ignoreUndefined: true });
  keep({ stop: () => mongo.close() });
  const db = mongo.db(databaseNameOf(stack));
  await migrate(db, (at) => policyStore(at).seed());
  // Nobody writes in bursts here.
  await db.collection("policies").updateMany({}, { $set: { debounceSeconds: 0 } });
  const wechat = keep(await startWechatSim());
  wechat.configure({ send: { burstLimit: null } });
  const hermes = keep(await startHermesSim());
  const ministack = keep(await startMinistack(python, folder));
  const owner = keep(ownerOf(ministack.url));

  await makeQueues(owner, stack);
  await makeRoles(owner, stack);
  await makeLogs(owner, stack);
  await makeScheduleGroup(owner, stack);
  const apiToken = randomBytes(24).toString("base64url");
  const secrets = {
    MongodbUri: database.uri,
    CredentialKey: `test:${randomBytes(32).toString("base64")}`,
    HermesApiKey: hermes.apiKey,
    HermesExtraHeaders: "{}",
    ApiToken: apiToken,
    WechatProxyUrl: "",
    AlertWebhookUrl: "",
    AlertWebhookSecret: "",
  };
  const here = { wechat: wechat.url, hermes: hermes.baseUrl };
  for (const planned of stack.functions) {
    const role = planned.role.split("/").at(-1) ?? "";
    const door = keep(await openDoor(role, rights, ministack.url));
    const code = await packageFunction(planned, { folder, secrets, python });
    const environment = environmentOf(planned, { ...here, aws: door.url });
    await makeFunction(owner, planned, code, environment);
  }
  await makeInvokeConfigs(owner, stack);
  const path = await makeFunctionUrl(owner, stack);
  const front = keep(await openFrontDoor(`${ministack.url}${path}`));
  return {
    stack,
    rights,
    owner,
    ministack,
    wechat,
    hermes,
    db,
    client: createHubClient(front.url, apiToken),
    lambdaName: (name) => functionOf(stack, name).name,
  };
}

/** The planned values, with what stands for the world outside replaced by what is here. */
function environmentOf(
  { environment }: PlannedFunction,
  here: { aws: string; wechat: string; hermes: string },
): Record<string, string> {
  const replaced = Object.entries(environment.variables).map(([name, value]) => {
    const onThisMachine = value
      .replace("https://sqs.us-east-1.amazonaws.com", here.aws)
      .replace("https://wechat.example", here.wechat)
      .replace("https://hermes.example/v1", here.hermes);
    return [name, onThisMachine] as const;
  });
  return { ...Object.fromEntries(replaced), AWS_ENDPOINT_URL: here.aws };
}

function databaseNameOf(stack: Stack): string {
  return functionOf(stack, "api").environment.variables["MONGODB_DATABASE"] ?? "clawbot_hub";
}

function functionOf(stack: Stack, name: FunctionName): PlannedFunction {
  const found = stack.functions.find((planned) => planned.function === name);
  if (!found) throw new Error(`The plan has no ${name} Lambda.`);
  return found;
}
