import { z } from "zod";

/**
 * Raised when the meaning of a job changes; a function reads its own version and the one before. A
 * newer one is read too: after a roll-back the queue still holds some, and the database decides.
 */
export const jobVersion = 1;

const ids = {
  jobId: z.string().min(1).max(128),
  conversationId: z.string().startsWith("cnv_"),
  ref: z.string().min(1).max(128),
};
const Doing = z.enum(["answer", "retry", "resume", "send"]);
const Own = z.object({
  ...ids,
  version: z
    .number()
    .int()
    .min(Math.max(1, jobVersion - 1))
    .max(jobVersion),
  do: Doing,
});
const OfNewerRelease = z.object({
  ...ids,
  version: z
    .number()
    .int()
    .min(jobVersion + 1),
  // A run that was handed over for another try waits for long if its job is taken for any other.
  do: z.string().transform((what) => Doing.safeParse(what).data ?? "answer"),
});

/**
 * What the queue carries: where to look and why, never a text. The agent Lambda decides from the
 * database what is to be done; `do` and `ref` say what made somebody ask.
 */
export const Job = z.union([Own, OfNewerRelease]);

export type Job = z.infer<typeof Job>;
