import { z } from "zod";

const positiveInt = z.number().int().min(1);

/**
 * The switches. Defaults are the strict old behaviour (0.19 to 0.20); `RELEASES` names what newer
 * ones do differently.
 */
const switchesSchema = z.strictObject({
  /** What /health calls itself; clients must not decide by it. */
  version: z.string().min(1).default("0.19.1"),
  model: z.string().min(1).default("hermes-agent"),
  /** Runs at once over chat and runs together, orphans included; 0 is no cap. */
  maxConcurrentRuns: z.number().int().min(0).default(10),
  maxRequestBytes: positiveInt.default(10_000_000),
  /** How a body that outgrows the limit without a Content-Length is refused. */
  chunkedOversize: z.enum(["bad-json", "too-large"]).default("bad-json"),
  authError: z.enum(["gateway_auth_failed", "invalid_api_key"]).default("gateway_auth_failed"),
  chatReplaySeconds: z.number().min(0).default(300),
  chatReplayEntries: positiveInt.default(1000),
  /** True: idempotency keys and runs belong to the profile that made them; false: one set for all. */
  keepsProfilesApart: z.boolean().default(false),
  /** Whether runs know Idempotency-Key at all, and say so in the capabilities. */
  runsIdempotency: z.boolean().default(false),
  runsReplaySeconds: z.number().min(0).default(86_400),
  runStatusSeconds: z.number().min(0).default(3600),
  /** Whether a run without history of its own reads the transcript of its session. */
  runsLoadTranscript: z.boolean().default(false),
  stopOfFinishedRun: z.enum(["not-found", "final-status"]).default("not-found"),
  /** How long a stopped agent takes to notice. */
  stopMs: z.number().int().min(0).default(0),
  /** What becomes of a turn that ended before it noticed the stop. */
  lateResultOfStoppedRun: z.enum(["cancelled", "completed"]).default("cancelled"),
  partialRun: z.enum(["completed", "failed"]).default("completed"),
  /** Whether a run's status also says `completed`, `partial` and `interrupted`. */
  runOutcomeFields: z.boolean().default(false),
  /** `/p/<profile>/` with own keys. While off, `foreignProfile` says what such a path gets. */
  multiplexProfiles: z.boolean().default(false),
  foreignProfile: z.enum(["ignored", "not-found"]).default("ignored"),
  profiles: z
    .record(
      z.string().regex(/^[a-z0-9][a-z0-9_-]*$/),
      z.strictObject({ apiKey: z.string().min(1) }),
    )
    .default({}),
  /** How much longer the first turn after a start takes. */
  coldStartMs: z.number().int().min(0).default(0),
  /** How long every turn takes that says nothing itself. */
  turnDelayMs: z.number().int().min(0).default(0),
});

export const configPatchSchema = switchesSchema.partial().extend({
  /** Sets all switches of that release first; the rest of the patch goes on top. */
  release: z.enum(["0.19", "0.20", "0.21", "newest"]).optional(),
});

export type HermesSimConfig = z.output<typeof switchesSchema>;
export type HermesSimConfigPatch = z.input<typeof configPatchSchema>;

/** The configuration after a patch; throws a ZodError and changes nothing when it is bad. */
export function patchConfig(
  current: HermesSimConfig | null,
  patch: HermesSimConfigPatch,
): HermesSimConfig {
  const { release, ...switches } = configPatchSchema.parse(patch);
  const base = current ?? switchesSchema.parse({});
  const given = Object.fromEntries(
    Object.entries(switches).filter(([, value]) => value !== undefined),
  );
  return switchesSchema.parse({ ...base, ...(release ? RELEASES[release] : {}), ...given });
}

const OLD = {
  chunkedOversize: "bad-json",
  authError: "gateway_auth_failed",
  keepsProfilesApart: false,
  runsIdempotency: false,
  runsLoadTranscript: false,
  stopOfFinishedRun: "not-found",
  lateResultOfStoppedRun: "cancelled",
  partialRun: "completed",
  runOutcomeFields: false,
  foreignProfile: "ignored",
} satisfies Partial<HermesSimConfig>;

const SINCE_0_21 = {
  ...OLD,
  keepsProfilesApart: true,
  runsIdempotency: true,
  runsLoadTranscript: true,
  stopOfFinishedRun: "final-status",
  lateResultOfStoppedRun: "completed",
  foreignProfile: "not-found",
} satisfies Partial<HermesSimConfig>;

const RELEASES: Record<"0.19" | "0.20" | "0.21" | "newest", Partial<HermesSimConfig>> = {
  "0.19": { ...OLD, version: "0.19.1" },
  "0.20": { ...OLD, version: "0.20.4" },
  "0.21": { ...SINCE_0_21, version: "0.21.0" },
  newest: { ...SINCE_0_21, version: "0.21.1", partialRun: "failed", runOutcomeFields: true },
};
