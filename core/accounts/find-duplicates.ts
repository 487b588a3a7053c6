import type { Db } from "mongodb";
import { z } from "zod";
import { Account, AccountStatus, accountStatuses } from "./account.ts";
import { inScope, type LabelScope } from "./scope.ts";

/** Another bot that people may take for the same. */
export const Namesake = z.object({
  _id: z.string(),
  name: z.string(),
  owner: z.string().nullable(),
  status: AccountStatus,
  lastInboundAt: z.date().nullable(),
});
export type Namesake = z.infer<typeof Namesake>;

/** So many bots of one name at the most are named. */
const mostNamesakes = 5;
const mostRead = 1_000;

/**
 * For each of these accounts the others in the scope that bear the same name, whatever its case, the
 * oldest first; what is cleaned up does not count. The same WeChat user cannot come twice: the
 * database keeps one live account per person (index `live_owner`).
 */
export async function findNamesakes(
  db: Db,
  of: { ids: readonly string[]; scope: LabelScope },
): Promise<Map<string, Namesake[]>> {
  const accounts = db.collection<Account>("accounts");
  const asked = await accounts
    .find({ _id: { $in: [...of.ids] }, ...inScope(of.scope) })
    .project<{ _id: string; nameKey: string }>({ nameKey: 1 })
    .toArray();
  const keys = [...new Set(asked.map(({ nameKey }) => nameKey))].filter((key) => key !== "");
  const status = { $in: accountStatuses.filter((each) => each !== "retired") };
  const found = await accounts
    .find({ nameKey: { $in: keys }, status, ...inScope(of.scope) })
    .limit(mostRead)
    .toArray();
  const byName = Map.groupBy(
    found.map((account) => Account.parse(account)),
    ({ nameKey }) => nameKey,
  );
  return new Map(
    asked.map(({ _id, nameKey }) => {
      const others = (byName.get(nameKey) ?? []).filter((other) => other._id !== _id);
      const oldest = others.toSorted((a, b) => (a._id < b._id ? -1 : 1)).slice(0, mostNamesakes);
      return [_id, oldest.map((other) => Namesake.parse(other))];
    }),
  );
}
