import type { Db } from "mongodb";
import { mostLoginsPerLink, RescanLink } from "./rescan-link.ts";

export function rescanLinkStore(db: Db) {
  const links = db.collection<RescanLink>("rescan_links");
  return {
    async insert(link: RescanLink): Promise<void> {
      await links.insertOne(link);
    },

    async findByHash(tokenHash: string): Promise<RescanLink | null> {
      const found = await links.findOne({ tokenHash });
      return found && RescanLink.parse(found);
    },

    /** Takes one of the logins that the link may start; false when none is left or it is over. */
    async takeLogin(id: string, now: Date): Promise<boolean> {
      const result = await links.updateOne(
        {
          _id: id,
          spentAt: null,
          expiresAt: { $gt: now },
          logins: { $lt: mostLoginsPerLink },
        },
        { $inc: { logins: 1, version: 1 } },
      );
      return result.matchedCount === 1;
    },

    async noteLogin(id: string, loginId: string): Promise<void> {
      await links.updateOne({ _id: id }, { $set: { loginId }, $inc: { version: 1 } });
    },

    /** The login was confirmed: every link that led to it is spent. */
    async spendThoseOf(loginId: string, now: Date): Promise<void> {
      await links.updateMany(
        { loginId, spentAt: null },
        { $set: { spentAt: now }, $inc: { version: 1 } },
      );
    },

    /** For a link that reached nobody. */
    async remove(id: string): Promise<void> {
      await links.deleteOne({ _id: id });
    },

    async deleteOf(accountId: string): Promise<void> {
      await links.deleteMany({ accountId });
    },
  };
}
