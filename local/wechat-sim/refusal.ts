import { z } from "zod";

/** What the server does when a rule says no: reference/ilink.md 3.5, refusal styles. */
export const Refusal = z.discriminatedUnion("style", [
  z.strictObject({
    style: z.literal("refuse"),
    ret: z.int().default(-2),
    errmsg: z.string().default(""),
  }),
  z.strictObject({
    style: z.literal("drop"),
    answer: z
      .enum(["no-message-id", "empty-object", "empty-body", "with-message-id"])
      .default("no-message-id"),
  }),
  z.strictObject({ style: z.literal("late"), deliverAfterMs: z.int().nonnegative() }),
  z.strictObject({ style: z.literal("commit-then-disconnect") }),
]);
export type Refusal = z.infer<typeof Refusal>;
