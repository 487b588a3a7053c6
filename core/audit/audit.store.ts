import type { Db } from "mongodb";
import { duplicatePositions } from "#core/database/duplicate-key.ts";
import { AuditLine } from "./audit-line.ts";

type WithOutbox = { _id: string; auditOutbox?: AuditLine[] };

/** Moves audit lines from their documents to `audit_log`; each step can be repeated. */
export function auditStore(db: Db) {
  const log = db.collection<AuditLine>("audit_log");
  const accounts = db.collection<WithOutbox>("accounts");

  async function move(accountId: string, lines: readonly AuditLine[]): Promise<void> {
    if (lines.length === 0) return;
    await insertUnseen(lines);
    const ids = lines.map(({ _id }) => _id);
    await accounts.updateOne({ _id: accountId }, { $pull: { auditOutbox: { _id: { $in: ids } } } });
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
    async moveLeftBehind(before: Date, limit: number): Promise<number> {
      const behind = await accounts
        .find({ "auditOutbox.at": { $lte: before } }, { projection: { auditOutbox: 1 } })
        .limit(limit)
        .toArray();
      let moved = 0;
      for (const { _id, auditOutbox = [] } of behind) {
        const lines = auditOutbox.map((line) => AuditLine.parse(line));
        await move(_id, lines);
        moved += lines.length;
      }
      return moved;
    },

    async listOf(subjectId: string, limit: number): Promise<AuditLine[]> {
      const found = await log.find({ subjectId }).sort({ _id: -1 }).limit(limit).toArray();
      return found.map((line) => AuditLine.parse(line));
    },
  };
}
