import { z } from "zod";

const positiveInt = z.number().int().min(1);
const milliseconds = z.number().int().min(0);
const seconds = z.number().min(0);

/** The switches; what differs between releases is set together by `release` in a patch. */
const configSchema = z.strictObject({
  /** What /health calls itself; clients must not decide by it. */
  version: z.string().min(1),
  model: z.string().min(1),
  /** Turns at once over chat and runs together, orphans included; 0 is no cap. */
  maxConcurrentRuns: z.number().int().min(0),
  maxRequestBytes: positiveInt,
  /** How a body that outgrows the limit without a Content-Length is refused. */
  chunkedOversize: z.enum(["bad-json", "too-large"]),
  authError: z.enum(["gateway_auth_failed", "invalid_api_key"]),
  /** What chat makes of missing credentials for the model: a 500, or a text as if the agent had said it. */
  providerAuth: z.enum(["server-error", "text"]),
  chatReplaySeconds: seconds,
  chatReplayEntries: positiveInt,
  /** True: idempotency keys and runs belong to the profile that made them; false: one set for all. */
  keepsProfilesApart: z.boolean(),
  /** Whether runs know Idempotency-Key at all, and the capabilities say so. */
  runsIdempotency: z.boolean(),
  runsReplaySeconds: seconds,
  runStatusSeconds: seconds,
  /** Whether a run without history of its own reads the transcript of its session. */
  runsLoadTranscript: z.boolean(),
  stopOfFinishedRun: z.enum(["not-found", "final-status"]),
  /** How long a stopped agent takes to notice. */
  stopMs: milliseconds,
  /** What becomes of a turn that ended before it noticed the stop. */
  lateResultOfStoppedRun: z.enum(["cancelled", "completed"]),
  partialRun: z.enum(["completed", "failed"]),
  /** Whether a run's status also says `completed`, `partial` and `interrupted`. */
  runOutcomeFields: z.boolean(),
  /** `/p/<profile>/` with own keys. While off, `foreignProfile` says what such a path gets. */
  multiplexProfiles: z.boolean(),
  foreignProfile: z.enum(["ignored", "not-found"]),
  profiles: z.record(
    z.string().regex(/^[a-z0-9][a-z0-9_-]*$/),
    z.strictObject({ apiKey: z.string().min(1) }),
  ),
  /** How much longer the first turn after a start takes. */
  coldStartMs: milliseconds,
  /** How long every turn takes that says nothing itself. */
  turnDelayMs: milliseconds,
});

export const configPatchSchema = configSchema.partial().extend({
  /** Sets all switches of that release first; the rest of the patch goes on top. */
  release: z.enum(["0.19", "0.20", "0.21", "newest"]).optional(),
});

export type HermesSimConfig = z.output<typeof configSchema>;
export type HermesSimConfigPatch = z.input<typeof configPatchSchema>;

const OLD_SWITCHES = {
  authError: "gateway_auth_failed",
  providerAuth: "text",
  keepsProfilesApart: false,
  runsIdempotency: false,
  runsLoadTranscript: false,
  stopOfFinishedRun: "not-found",
  lateResultOfStoppedRun: "cancelled",
  partialRun: "completed",
  runOutcomeFields: false,
  foreignProfile: "ignored",
} satisfies Partial<HermesSimConfig>;

const SWITCHES_SINCE_0_21 = {
  ...OLD_SWITCHES,
  keepsProfilesApart: true,
  runsIdempotency: true,
  runsLoadTranscript: true,
  stopOfFinishedRun: "final-status",
  lateResultOfStoppedRun: "completed",
  foreignProfile: "not-found",
} satisfies Partial<HermesSimConfig>;

const RELEASES = {
  "0.19": {
    ...OLD_SWITCHES,
    version: "0.19.0",
    authError: "invalid_api_key",
    providerAuth: "server-error",
  },
  "0.20": { ...OLD_SWITCHES, version: "0.20.4" },
  "0.21": { ...SWITCHES_SINCE_0_21, version: "0.21.0" },
  newest: {
    ...SWITCHES_SINCE_0_21,
    version: "0.21.1",
    partialRun: "failed",
    runOutcomeFields: true,
  },
} satisfies Record<string, Partial<HermesSimConfig>>;

/** The strict old behaviour, limits as the real server has them. */
const DEFAULT_CONFIG: HermesSimConfig = {
  ...RELEASES["0.19"],
  model: "hermes-agent",
  maxConcurrentRuns: 10,
  maxRequestBytes: 10_000_000,
  chunkedOversize: "bad-json",
  chatReplaySeconds: 300,
  chatReplayEntries: 1000,
  runsReplaySeconds: 86_400,
  runStatusSeconds: 3600,
  stopMs: 0,
  multiplexProfiles: false,
  profiles: {},
  coldStartMs: 0,
  turnDelayMs: 0,
};

/** The configuration after a patch; throws a ZodError when the patch is bad. */
export function patchConfig(
  current: HermesSimConfig | null,
  patch: HermesSimConfigPatch,
): HermesSimConfig {
  const { release, ...switches } = configPatchSchema.parse(patch);
  const given = Object.entries(switches).filter(([, value]) => value !== undefined);
  return configSchema.parse({
    ...(current ?? DEFAULT_CONFIG),
    ...(release ? RELEASES[release] : {}),
    ...Object.fromEntries(given),
  });
}
