import { createHash } from "node:crypto";
import { encodeTime } from "ulid";
import type { Db } from "mongodb";
import type { Actor, AuditLine } from "#core/audit/audit-line.ts";
import { isDuplicateKey } from "#core/database/duplicate-key.ts";
import type { Deps } from "#core/shared/deps.ts";

const everyMs = 15 * 60_000;

/** Lines that this process has seen stored, so that an open inbox does not write at each look. */
const stored = new WeakMap<Db, Set<string>>();
const mostRemembered = 10_000;

/**
 * Notes in the audit log that a person read a conversation's messages: one line per person,
 * conversation and quarter of an hour, under an id that follows from the three.
 */
export async function noteReading(deps: Deps, actor: Actor, conversationId: string): Promise<void> {
  const now = deps.clock.now();
  const quarter = now.getTime() - (now.getTime() % everyMs);
  const digest = createHash("sha256").update(`${actor.id}\n${conversationId}\n${quarter}`);
  const _id = `aud_${encodeTime(quarter, 10)}${digest.digest("hex").slice(0, 16).toUpperCase()}`;
  const known = stored.get(deps.db) ?? new Set();
  if (known.has(_id)) return;
  const line: AuditLine = {
    _id,
    at: now,
    actor,
    action: "messages.read",
    subjectId: conversationId,
    details: {},
  };
  try {
    await deps.db.collection<AuditLine>("audit_log").insertOne(line);
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
  if (known.size >= mostRemembered) known.clear();
  stored.set(deps.db, known.add(_id));
}
