import { Capabilities, Health, ModelList } from "#core/hermes/hermes.wire.ts";
import type { SettingsSource } from "#core/settings/read-settings.ts";
import { settingSlices } from "#core/settings/settings.ts";
import { inOrder, linesOf, type CheckLine, type Step } from "./check-line.ts";
import type { DoctorContext } from "./context.ts";
import { askQuestion } from "./hermes-question.ts";
import { faultOfReply, readHermes, seenOf, type HermesReply } from "./hermes-replies.ts";
import { readTarget, type HermesTarget } from "./hermes-target.ts";
import { networkSteps } from "./network-steps.ts";

const { pass, fail, skip } = linesOf("hermes");

/** The way to Hermes, from its settings to a real question, each step on its own line. */
export async function checkHermes(context: DoctorContext): Promise<CheckLine[]> {
  const { line, target } = readTarget(context.env);
  return inOrder("hermes", [
    { name: "enabled", run: () => checkEnabled(context.env), goOn: "always" },
    { name: "address", run: () => line },
    ...stepsTo(context, target),
  ]);
}

function checkEnabled(env: SettingsSource): CheckLine {
  const { HERMES_AGENT_ENABLED, WECHAT_AUTO_REPLY_ENABLED } = settingSlices.answering.shape;
  const read = (schema: typeof HERMES_AGENT_ENABLED, name: string) =>
    schema.safeParse(env[name] || undefined).data;
  if (read(HERMES_AGENT_ENABLED, "HERMES_AGENT_ENABLED") !== true) {
    return fail("enabled", "hermes_disabled", "HERMES_AGENT_ENABLED is not true");
  }
  const both = read(WECHAT_AUTO_REPLY_ENABLED, "WECHAT_AUTO_REPLY_ENABLED") === true;
  const note = "; WECHAT_AUTO_REPLY_ENABLED is on too and has no effect, better false";
  return pass("enabled", `HERMES_AGENT_ENABLED is true${both ? note : ""}`);
}

function stepsTo(context: DoctorContext, target: HermesTarget | undefined): Step[] {
  // Without an address its line blocks all of these.
  const names = [
    "resolve",
    "connect",
    "tls",
    "health",
    "key",
    "models",
    "capabilities",
    "question",
  ];
  if (target === undefined) return names.map((name) => ({ name, run: () => skip(name, "") }));
  const network = networkSteps(context, target);
  const timeoutMs = context.waitsMs.read;
  const read = (path: string, withKey = true) => readHermes(target, path, { withKey, timeoutMs });
  let models: HermesReply | undefined;
  let keepsRuns = false;
  return [
    { name: "resolve", run: () => network.resolve() },
    { name: "connect", run: () => network.connect() },
    { name: "tls", run: () => network.tls(), goOn: "when skipped" },
    { name: "health", run: async () => judgeHealth(await read("/health", false)) },
    {
      name: "key",
      async run() {
        if (target.apiKey === undefined) {
          return skip("key", "set HERMES_API_KEY to the API_SERVER_KEY of Hermes");
        }
        models = await read("/v1/models");
        return judgeKey(models);
      },
    },
    { name: "models", run: () => judgeModels(models, target.model), goOn: "always" },
    {
      name: "capabilities",
      async run() {
        const judged = judgeCapabilities(await read("/v1/capabilities"));
        keepsRuns = judged.keepsRuns;
        return judged.line;
      },
      goOn: "always",
    },
    {
      name: "question",
      run: () => askQuestion({ context, target, via: keepsRuns ? "runs" : "chat" }),
    },
  ];
}

function judgeHealth(reply: HermesReply): CheckLine {
  if (reply.failure !== undefined) return failedReply("health", reply);
  const { data } = Health.safeParse(reply.facts.json);
  if (data === undefined) return fail("health", "not_hermes", seenOf(reply));
  return pass("health", data.version === undefined ? "Hermes is up" : `Hermes ${data.version}`);
}

function judgeKey(reply: HermesReply): CheckLine {
  if (reply.failure !== undefined) return failedReply("key", reply);
  const isList = ModelList.safeParse(reply.facts.json).success;
  return isList ? pass("key", "accepted") : fail("key", "not_hermes", seenOf(reply));
}

function judgeModels(reply: HermesReply | undefined, model: string): CheckLine {
  const offered = ModelList.safeParse(reply?.facts.json).data?.data.map(({ id }) => id) ?? [];
  if (offered.includes(model)) return pass("models", `${model} is offered`);
  return fail("models", "model_unknown", `HERMES_MODEL ${model}; offered: ${offered.join(", ")}`);
}

/** A Hermes that is too old to say is asked in the plain way. */
function judgeCapabilities(reply: HermesReply): { line: CheckLine; keepsRuns: boolean } {
  const name = "capabilities";
  if (reply.failure !== undefined && reply.failure.row !== "wrong_path") {
    return { line: failedReply(name, reply), keepsRuns: false };
  }
  const runs = Capabilities.safeParse(reply.facts.json).data?.features?.runs_idempotency;
  const keepsRuns = runs?.supported === true && runs.durable === true;
  const seen = keepsRuns
    ? "keeps runs through a restart: the hub submits a run and asks for it"
    : "keeps no runs: the hub asks by one chat call, which a repeat joins";
  return { line: pass(name, seen), keepsRuns };
}

function failedReply(name: string, reply: HermesReply): CheckLine {
  const row = reply.failure?.row ?? "not_hermes";
  return fail(name, faultOfReply(reply, row), seenOf(reply));
}
