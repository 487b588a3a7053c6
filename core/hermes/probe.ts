import type { Facts } from "./facts.ts";
import { Capabilities, Health, ModelList } from "./hermes.wire.ts";
import { findFailure, type HermesFailure } from "./outcomes.ts";

export type HermesCapabilities = {
  /** Null: the server is older than this, or will not say; ask by a plain chat call. */
  runsIdempotency: { isDurable: boolean; retentionSeconds?: number } | null;
};

export type HermesProbe = {
  /** `misconfigured`: somebody is there, but a person must change a setting. */
  state: "up" | "down" | "misconfigured";
  /** For a person; "" when up. */
  cause: string;
  /** The row of the failure table that it failed with. */
  row?: HermesFailure["row"];
  version?: string;
  /** Whether Hermes lists the model we name; by default it answers with its own all the same. */
  knowsModel?: boolean;
  capabilities: HermesCapabilities;
};

/** The probe's questions, each asked only when the one before went well. */
export type ProbeReads = {
  health: () => Promise<Facts>;
  models: () => Promise<Facts>;
  capabilities: () => Promise<Facts>;
};

const notHermes = "What answers there is not the API of Hermes. Check the base URL.";
const none: HermesCapabilities = { runsIdempotency: null };

/** Health needs no key, the list of models does; both together tell a dead host from a wrong key. */
export async function probeHermes(reads: ProbeReads, model: string): Promise<HermesProbe> {
  const health = await reads.health();
  const unwell = findFailure(health);
  if (unwell !== undefined) return failed(unwell);
  const { data } = Health.safeParse(health.json);
  if (data === undefined) return { state: "misconfigured", cause: notHermes, capabilities: none };
  const { version } = data;
  const seen = version === undefined ? {} : { version };
  const models = await reads.models();
  const refused = findFailure(models);
  if (refused !== undefined) return { ...failed(refused), ...seen };
  const list = ModelList.safeParse(models.json);
  if (!list.success) {
    return { state: "misconfigured", cause: notHermes, capabilities: none, ...seen };
  }
  const able = await reads.capabilities();
  return {
    state: "up",
    cause: "",
    ...seen,
    knowsModel: list.data.data.some(({ id }) => id === model),
    capabilities: findFailure(able) ? none : read(able.json),
  };
}

function failed({ class: failureClass, cause, row }: HermesFailure): HermesProbe {
  const state = failureClass === "misconfigured" ? "misconfigured" : "down";
  return { state, cause, row, capabilities: none };
}

function read(json: unknown): HermesCapabilities {
  const runs = Capabilities.safeParse(json).data?.features?.runs_idempotency;
  if (runs?.supported !== true) return none;
  const { durable, retention_seconds } = runs;
  return {
    runsIdempotency: {
      isDurable: durable === true,
      ...(retention_seconds === undefined ? {} : { retentionSeconds: retention_seconds }),
    },
  };
}
