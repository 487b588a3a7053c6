import type { Db } from "mongodb";
import { Poller } from "./poller.ts";

export function pollerStore(db: Db) {
  const pollers = db.collection<Poller>("pollers");
  return {
    /** Writes a poller's own record, whether it is there or not. */
    async put({ _id, ...state }: Poller): Promise<void> {
      await pollers.updateOne({ _id }, { $set: state }, { upsert: true });
    },

    /** Pollers that are alive at `now`, closing ones too, the oldest first. */
    async listAlive(now: Date): Promise<Poller[]> {
      const found = await pollers
        .find({ expiresAt: { $gt: now } })
        .sort({ _id: 1 })
        .limit(100)
        .toArray();
      return found.map((poller) => Poller.parse(poller));
    },

    async remove(id: string): Promise<void> {
      await pollers.deleteOne({ _id: id });
    },
  };
}
