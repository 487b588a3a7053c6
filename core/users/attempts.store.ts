import type { Db } from "mongodb";
import { upsertAgain } from "#core/database/duplicate-key.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { RequestError } from "#core/shared/errors.ts";

type Attempts = { _id: string; count: number; expiresAt: Date };

const spellSeconds = 15 * 60;

/** How often something was tried within a quarter of an hour, counted in the database for all Lambdas. */
export function attemptsStore(db: Db) {
  const attempts = db.collection<Attempts>("sign_in_attempts");
  return {
    /** Counts one more. Throws RequestError `attempts.too_many` beyond `most`. */
    async count(key: string, most: number, now: Date): Promise<void> {
      const isOver = { $lte: [{ $ifNull: ["$expiresAt", new Date(0)] }, now] };
      const counted = await upsertAgain(() =>
        attempts.findOneAndUpdate(
          { _id: key },
          [
            {
              $set: {
                count: { $cond: [isOver, 1, { $add: [{ $ifNull: ["$count", 0] }, 1] }] },
                expiresAt: { $cond: [isOver, plusSeconds(now, spellSeconds), "$expiresAt"] },
              },
            },
          ],
          { upsert: true, returnDocument: "after" },
        ),
      );
      if ((counted?.count ?? 1) <= most) return;
      throw new RequestError(
        "too_many",
        "attempts.too_many",
        "This was tried too often.",
        {},
        { whatToDo: `Wait ${spellSeconds / 60} minutes and try again.` },
      );
    },

    /** Takes one back that was no failure. */
    async giveBack(key: string): Promise<void> {
      await attempts.updateOne({ _id: key, count: { $gt: 0 } }, { $inc: { count: -1 } });
    },

    async forget(key: string): Promise<void> {
      await attempts.deleteOne({ _id: key });
    },
  };
}
