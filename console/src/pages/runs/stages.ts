export const stageNames = ["queued", "hermes", "review", "sending"] as const;
export type StageName = (typeof stageNames)[number];

export type Timed = {
  askedAt: string;
  hermesStartedAt: string | null;
  hermesEndedAt: string | null;
  acceptedAt: string | null;
  review?: { approvedAt: string | null } | undefined;
};

/** How long a question waited, was with Hermes, with a reviewer, and on its way; what is not over is left out. */
export function stagesOf(run: Timed): { name: StageName; ms: number }[] {
  const { askedAt, hermesStartedAt, hermesEndedAt, acceptedAt } = run;
  const approvedAt = run.review?.approvedAt ?? null;
  const spans: [StageName, string | null, string | null][] = [
    ["queued", askedAt, hermesStartedAt],
    ["hermes", hermesStartedAt, hermesEndedAt],
    ["review", hermesEndedAt, approvedAt],
    ["sending", approvedAt ?? hermesEndedAt, acceptedAt],
  ];
  return spans.flatMap(([name, from, to]) => {
    if (from === null || to === null) return [];
    return [{ name, ms: Math.max(0, Date.parse(to) - Date.parse(from)) }];
  });
}

/** What Hermes counted, whichever of its two ways of naming it uses; null where it says nothing. */
export function tokensOf(usage: unknown): { read: number; written: number } | null {
  const read = numberIn(usage, "prompt_tokens") ?? numberIn(usage, "input_tokens");
  const written = numberIn(usage, "completion_tokens") ?? numberIn(usage, "output_tokens");
  return read === null && written === null ? null : { read: read ?? 0, written: written ?? 0 };
}

function numberIn(value: unknown, key: string): number | null {
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  const found: unknown = entries.find(([name]) => name === key)?.[1];
  return typeof found === "number" ? found : null;
}
