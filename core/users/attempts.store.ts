import type { Db } from "mongodb";
import { upsertAgain } from "#core/database/duplicate-key.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { RequestError } from "#core/shared/errors.ts";

type Attempts = { _id: string; count: number; expiresAt: Date };

const spellSeconds = 15 * 60;

/** How often something was tried within a quarter of an hour, counted in the database for all Lambdas. */
export function attemptsStore(db: Db) {
  const attempts = db.collection<Attempts>("sign_in_attempts");

  async function countOne(key: string, now: Date): Promise<number> {
    const isOver = { $lte: ["$expiresAt", now] };
    const expiresAt = plusSeconds(now, spellSeconds);
    const oneMore = [
      {
        $set: {
          count: { $cond: [isOver, 1, { $add: ["$count", 1] }] },
          expiresAt: { $cond: [isOver, expiresAt, "$expiresAt"] },
        },
      },
    ];
    const change = () =>
      attempts.findOneAndUpdate({ _id: key }, oneMore, { returnDocument: "after" });
    const counted = await change();
    if (counted) return counted.count;
    // Made first and counted then: of several upserts that meet, not each learns what it came to.
    await upsertAgain(() =>
      attempts.updateOne({ _id: key }, { $setOnInsert: { count: 0, expiresAt } }, { upsert: true }),
    );
    return (await change())?.count ?? 1;
  }

  return {
    /** Counts one more. Throws RequestError `attempts.too_many` beyond `most`. */
    async count(key: string, most: number, now: Date): Promise<void> {
      const counted = await countOne(key, now);
      if (counted <= most) return;
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
