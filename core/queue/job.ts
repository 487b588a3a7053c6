import { z } from "zod";

/** Raised when the meaning of a job changes; a function reads its own version and the one before. */
export const jobVersion = 1;

/**
 * What the queue carries: where to look and why, never a text. The agent Lambda decides from the
 * database what is to be done; `do` and `ref` say what made somebody ask.
 */
export const Job = z.object({
  version: z.number().int().min(1).max(jobVersion),
  jobId: z.string().min(1).max(128),
  conversationId: z.string().startsWith("cnv_"),
  do: z.enum(["answer", "retry", "resume", "send"]),
  ref: z.string().min(1).max(128),
});

export type Job = z.infer<typeof Job>;
