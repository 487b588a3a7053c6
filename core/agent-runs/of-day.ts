import { z } from "zod";

/**
 * Which of the day's runs this one is. The run itself is the count: the account's number is unique
 * with its day, so that of many who begin at once each gets its own and none goes beyond the cap, and
 * a contact's is safe by the conversation's turn. No statement is spent on counting.
 */
export const OfDay = z.object({
  /** UTC, such as `2026-03-02`. */
  day: z.string(),
  ofContact: z.number().int(),
  /** Absent where Hermes was not asked. */
  ofAccount: z.number().int().optional(),
});
export type OfDay = z.infer<typeof OfDay>;

/** The day's last run of the account. */
export const LastOfDay = z.object({ ofDay: OfDay });

export function dayOf(now: Date): string {
  return now.toISOString().slice(0, 10);
}

/** What the next run would be. */
export function nextOfDay(
  seen: { ofContact: OfDay | null; ofAccount: OfDay | null },
  now: Date,
): Required<OfDay> {
  const day = dayOf(now);
  const today = (last: OfDay | null) => (last?.day === day ? last : null);
  return {
    day,
    ofContact: (today(seen.ofContact)?.ofContact ?? 0) + 1,
    ofAccount: (today(seen.ofAccount)?.ofAccount ?? 0) + 1,
  };
}
