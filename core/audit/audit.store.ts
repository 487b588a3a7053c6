import type { Db, Filter } from "mongodb";
import { duplicatePositions } from "#core/database/duplicate-key.ts";
import { readEach } from "#core/database/read-each.ts";
import { timeOfId } from "#core/shared/ids.ts";
import type { Log } from "#core/telemetry/log.ts";
import { AuditLine } from "./audit-line.ts";

export type AuditPage = {
  actorId?: string | undefined;
  subjectId?: string | undefined;
  action?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
  /** Only what these did or what was done to them. */
  ofIds?: readonly string[] | undefined;
  /** The last id of the page before: of the newest first, and of the oldest first. */
  before?: string | undefined;
  after?: string | undefined;
  sort?: "newest" | "oldest" | undefined;
  limit: number;
};

type WithOutbox = { _id: string; auditOutbox?: AuditLine[] };

/** Collections whose documents carry an `auditOutbox`; each declares an index on `auditOutbox.at`. */
export const outboxCollections = [
  "accounts",
  "agent_runs",
  "conversations",
  "messages",
  "dead_jobs",
  "users",
  "policies",
  "logins",
  "system",
] as const;
export type OutboxCollection = (typeof outboxCollections)[number];

/** Moves audit lines from their documents to `audit_log`; each step can be repeated. */
export function auditStore(db: Db) {
  const log = db.collection<AuditLine>("audit_log");

  async function move(
    id: string,
    lines: readonly AuditLine[],
    collection: OutboxCollection = "accounts",
  ): Promise<void> {
    if (lines.length === 0) return;
    await insertUnseen(lines);
    const ids = lines.map(({ _id }) => _id);
    await db
      .collection<WithOutbox>(collection)
      .updateOne({ _id: id }, { $pull: { auditOutbox: { _id: { $in: ids } } } });
  }

  async function moveOf(
    collection: OutboxCollection,
    { before, limit, log: told }: { before: Date; limit: number; log: Pick<Log, "error"> },
  ) {
    const behind = await db
      .collection<WithOutbox>(collection)
      .find(
        { auditOutbox: { $exists: true }, "auditOutbox.at": { $lte: before } },
        { projection: { auditOutbox: 1 } },
      )
      .limit(limit)
      .toArray();
    let moved = 0;
    for (const { _id, auditOutbox = [] } of behind) {
      const lines = readEach(AuditLine, auditOutbox, told);
      await move(_id, lines, collection);
      moved += lines.length;
    }
    return moved;
  }

  async function insertUnseen(lines: readonly AuditLine[]): Promise<void> {
    try {
      await log.insertMany([...lines], { ordered: false });
    } catch (error) {
      if (duplicatePositions(error) === null) throw error;
    }
  }

  return {
    move,

    /** Moves what was left behind since `before`; gives the number of lines moved. */
    async moveLeftBehind(left: {
      before: Date;
      limit: number;
      log: Pick<Log, "error">;
    }): Promise<number> {
      let moved = 0;
      for (const collection of outboxCollections) moved += await moveOf(collection, left);
      return moved;
    },

    /** By time, of who, what about, which kind and when. */
    async list(page: AuditPage): Promise<AuditLine[]> {
      const direction = page.sort === "oldest" ? 1 : -1;
      const found = await log
        .find(filterOf(page))
        .sort({ _id: direction })
        .limit(page.limit)
        .toArray();
      return found.map((line) => AuditLine.parse(line));
    },

    /** As `list`, line by line, so that many never lie in memory at once. */
    async *each(page: AuditPage): AsyncGenerator<AuditLine> {
      const found = log.find(filterOf(page), { batchSize: 500 });
      for await (const line of found.sort({ _id: -1 }).limit(page.limit)) {
        yield AuditLine.parse(line);
      }
    },

    async listOf(subjectId: string, limit: number): Promise<AuditLine[]> {
      const found = await log.find({ subjectId }).sort({ _id: -1 }).limit(limit).toArray();
      return found.map((line) => AuditLine.parse(line));
    },
  };
}

function filterOf(page: AuditPage): Filter<AuditLine> {
  const filter: Filter<AuditLine> = { _id: { ...above(page), $lt: highestId(page) } };
  if (page.actorId !== undefined) filter["actor.id"] = page.actorId;
  if (page.subjectId !== undefined) filter.subjectId = page.subjectId;
  if (page.action !== undefined) filter.action = page.action;
  if (page.ofIds) {
    const ids = [...page.ofIds];
    filter.$or = [{ subjectId: { $in: ids } }, { "actor.id": { $in: ids } }];
  }
  return filter;
}

function above({ from, after }: AuditPage): { $gt: string } | { $gte: string } {
  const lowest = lowestId(from);
  return after !== undefined && after > lowest ? { $gt: after } : { $gte: lowest };
}

function lowestId(from: Date | undefined): string {
  return from === undefined ? "aud_" : `aud_${timeOfId(from)}`;
}

function highestId({ to, before }: AuditPage): string {
  const ends = [before, to && `aud_${timeOfId(to)}`].filter((end) => end !== undefined);
  return ends.sort()[0] ?? "aud_~";
}
