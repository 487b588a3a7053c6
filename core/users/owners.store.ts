import type { Db } from "mongodb";
import { upsertAgain } from "#core/database/duplicate-key.ts";
import { RequestError } from "#core/shared/errors.ts";

type OwnersDocument = { _id: string; ids: string[] };

const documentId = "owners";

/**
 * Who the owners are, on one document, so that two who leave at the same time cannot both go. It
 * never names more than there are: an owner is added after the user's own change and removed before.
 */
export function ownersStore(db: Db) {
  const owners = db.collection<OwnersDocument>("system");
  return {
    async add(userId: string): Promise<void> {
      await upsertAgain(() =>
        owners.updateOne({ _id: documentId }, { $addToSet: { ids: userId } }, { upsert: true }),
      );
    },

    /** Takes off the list whoever is no owner any more. */
    async forget(userId: string): Promise<void> {
      await owners.updateOne({ _id: documentId, ids: userId }, { $pull: { ids: userId } });
    },

    async any(): Promise<boolean> {
      return (await owners.findOne({ _id: documentId, "ids.0": { $exists: true } })) !== null;
    },

    /** Throws RequestError `user.last_owner` when nobody else would be left. */
    async remove(userId: string): Promise<void> {
      const removed = await owners.updateOne(
        { _id: documentId, ids: userId, "ids.1": { $exists: true } },
        { $pull: { ids: userId } },
      );
      if (removed.matchedCount === 1) return;
      // Whoever is not named was removed by an earlier try, if another one is.
      const others = await owners.findOne({
        _id: documentId,
        ids: { $ne: userId },
        "ids.0": { $exists: true },
      });
      if (others) return;
      throw new RequestError(
        "conflict",
        "user.last_owner",
        "This is the last owner; nobody could let anybody in afterwards.",
        { userId },
        { whatToDo: "Make somebody else an owner first." },
      );
    },
  };
}
