import { z } from "zod";

/** A poll Lambda at work, as other ticks see it. */
export const Poller = z.object({
  _id: z.string(),
  startedAt: z.date(),
  /** Places for accounts that it does not hold yet. */
  freePlaces: z.number().int(),
  /** Accounts in its hands; a release that knew nothing of this wrote none. */
  accounts: z.number().int().default(0),
  /** It takes no more accounts and lets a successor have its own. */
  closing: z.boolean(),
  expiresAt: z.date(),
});

export type Poller = z.infer<typeof Poller>;

/** What wakes the poll Lambda: an account's schedule, or a login to watch. */
export const PollEvent = z.union([
  z.object({ loginId: z.string().startsWith("lgn_") }),
  z.object({ accountId: z.string().startsWith("acc_"), scheduledAt: z.string().optional() }),
]);

export type PollEvent = z.infer<typeof PollEvent>;
