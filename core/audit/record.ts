import type { Deps } from "#core/shared/deps.ts";
import type { Actor, AuditLine } from "./audit-line.ts";
import { auditStore, type OutboxCollection } from "./audit.store.ts";

/** The line that a change's statement pushes onto its document. */
export function auditLine(
  deps: Deps,
  actor: Actor,
  action: string,
  subjectId: string,
  details: AuditLine["details"] = {},
): AuditLine {
  return {
    _id: deps.newId("audit"),
    at: deps.clock.now(),
    actor,
    action,
    subjectId,
    details,
  };
}

/** Moves a document's lines to the audit log; what fails here is moved by the retry Lambda. */
export async function settleAudit(
  deps: Deps,
  document: { _id: string; auditOutbox?: readonly AuditLine[] | undefined },
  collection: OutboxCollection = "accounts",
): Promise<void> {
  try {
    await auditStore(deps.db).move(document._id, document.auditOutbox ?? [], collection);
  } catch (error) {
    deps.log.warn("audit.left_behind", { subjectId: document._id }, error);
  }
}
