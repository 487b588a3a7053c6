import { createHash } from "node:crypto";
import { encodeTime } from "ulid";
import type { Db } from "mongodb";
import type { Actor, AuditLine } from "#core/audit/audit-line.ts";
import { duplicatePositions } from "#core/database/duplicate-key.ts";
import type { Deps } from "#core/shared/deps.ts";

const everyMs = 15 * 60_000;

/** Lines that this process has seen stored, so that an open inbox does not write at each look. */
const stored = new WeakMap<Db, Set<string>>();
const mostRemembered = 10_000;

/**
 * Notes in the audit log that a person read these conversations' messages: one line per person,
 * conversation and quarter of an hour, under an id that follows from the three. What counts as
 * reading: docs/decisions/067-what-is-reading.md.
 */
export async function noteReading(
  deps: Deps,
  actor: Actor,
  ...conversationIds: readonly string[]
): Promise<void> {
  const now = deps.clock.now();
  const quarter = now.getTime() - (now.getTime() % everyMs);
  const known = stored.get(deps.db) ?? new Set();
  const lines = [...new Set(conversationIds)]
    .map((conversationId): AuditLine => {
      const digest = createHash("sha256").update(`${actor.id}\n${conversationId}\n${quarter}`);
      return {
        _id: `aud_${encodeTime(quarter, 10)}${digest.digest("hex").slice(0, 16).toUpperCase()}`,
        at: now,
        actor,
        action: "messages.read",
        subjectId: conversationId,
        details: {},
      };
    })
    .filter(({ _id }) => !known.has(_id));
  if (lines.length === 0) return;
  try {
    await deps.db.collection<AuditLine>("audit_log").insertMany(lines, { ordered: false });
  } catch (error) {
    if (duplicatePositions(error) === null) throw error;
  }
  if (known.size >= mostRemembered) known.clear();
  for (const { _id } of lines) known.add(_id);
  stored.set(deps.db, known);
}
