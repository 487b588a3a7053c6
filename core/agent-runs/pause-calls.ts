import type { Db } from "mongodb";
import { upsertAgain } from "#core/database/duplicate-key.ts";
import { z } from "zod";
import { type Actor, AuditLine } from "#core/audit/audit-line.ts";
import { auditLine, settleAudit } from "#core/audit/record.ts";
import type { Deps } from "#core/shared/deps.ts";

/** The one document in `system` that says whether Hermes is asked at all. */
export const callsId = "hermes_calls";

export const HermesCalls = z.object({
  paused: z.boolean(),
  since: z.date(),
  by: z.string(),
  reason: z.string(),
  version: z.number().int(),
});
export type HermesCalls = z.infer<typeof HermesCalls>;

const Stored = HermesCalls.extend({ _id: z.string(), auditOutbox: z.array(AuditLine).optional() });
type Stored = z.infer<typeof Stored>;

/**
 * Has nobody ask any Hermes from now on, until `resumeCalls`: questions are stored and wait as if all
 * places were taken. Calls under way end as they do. Pausing twice is one pause.
 */
export function pauseCalls(deps: Deps, actor: Actor, reason: string): Promise<HermesCalls> {
  return set(deps, actor, { paused: true, reason }, "hermes.paused");
}

/** What waits is taken up by the retry Lambda within a few minutes, as many as there are places. */
export function resumeCalls(deps: Deps, actor: Actor): Promise<HermesCalls> {
  return set(deps, actor, { paused: false, reason: "" }, "hermes.resumed");
}

/** Null when nobody ever paused. */
export async function findCalls(db: Db): Promise<HermesCalls | null> {
  const found = await db.collection<Stored>("system").findOne({ _id: callsId });
  return found && HermesCalls.parse(found);
}

export async function arePaused(db: Db): Promise<boolean> {
  return (await findCalls(db))?.paused ?? false;
}

async function set(
  deps: Deps,
  actor: Actor,
  { paused, reason }: { paused: boolean; reason: string },
  action: string,
): Promise<HermesCalls> {
  const system = deps.db.collection<Stored>("system");
  const now = deps.clock.now();
  const first = { paused: false, since: now, by: actor.id, reason: "", version: 0 };
  await upsertAgain(() =>
    system.updateOne({ _id: callsId }, { $setOnInsert: first }, { upsert: true }),
  );
  const after = await system.findOneAndUpdate(
    { _id: callsId, paused: !paused },
    {
      $set: { paused, reason, since: now, by: actor.id },
      $inc: { version: 1 },
      $push: { auditOutbox: auditLine(deps, actor, action, callsId, { reason }) },
    },
    { returnDocument: "after" },
  );
  if (!after) return HermesCalls.parse(await system.findOne({ _id: callsId }));
  await settleAudit(deps, Stored.parse(after), "system");
  return HermesCalls.parse(after);
}
