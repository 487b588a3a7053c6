import { z } from "zod";

const when = z.date().nullable().default(null);
const who = z.string().nullable().default(null);

/** What people did with a draft; people are named by the id of their user. */
export const Review = z.object({
  /** When WeChat's window for the contact shuts; the oldest comes first. */
  windowEndsAt: when,
  /** Who has it open; nobody else may change it until then. */
  claimedBy: who,
  claimedAt: when,
  claimExpiresAt: when,
  /** Left out of the queue until then. */
  snoozedUntil: when,
  approvedBy: who,
  approvedAt: when,
  /** When an approved draft goes out; until then it may be withdrawn. */
  sendAt: when,
  /** What goes out instead of Hermes' words. */
  editedText: z.string().optional(),
  rejectedBy: who,
  rejectedReason: z.string().optional(),
  /** What a reviewer wants otherwise in the next answer. */
  hint: z.string().optional(),
  /** The contact wrote again while somebody had the draft open. */
  contextChangedAt: when,
});
export type Review = z.infer<typeof Review>;

/** Whether somebody has the draft open. */
export function isClaimed(review: Review | undefined, now: Date): boolean {
  const until = review?.claimExpiresAt ?? null;
  return until !== null && until > now;
}
