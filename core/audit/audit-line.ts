import { z } from "zod";

/** Who did it: an operator or program by its name, or the hub itself. */
export const Actor = z.object({ kind: z.enum(["operator", "hub"]), id: z.string() });
export type Actor = z.infer<typeof Actor>;

export const hubActor: Actor = { kind: "hub", id: "hub" };

/**
 * One line of the audit log. It is pushed onto its document's `auditOutbox` by the very statement
 * that makes the change, so that no change is without its line.
 */
export const AuditLine = z.object({
  _id: z.string(),
  at: z.date(),
  actor: Actor,
  /** `noun.past`, such as `account.approved`. */
  action: z.string(),
  subjectId: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

export type AuditLine = z.infer<typeof AuditLine>;
