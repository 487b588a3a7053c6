import { accountsKey, type ListedAccount } from "#console/client/accounts.ts";
import { withoutRows, type Kept } from "#console/parts/edit-rows.ts";

/** All that waits for approval, under whatever search. */
export const approvalsKey = [...accountsKey, "approvals"] as const;

/** What is shown while these are approved or rejected; what is refused comes back. */
export function withoutBots(kept: Kept<ListedAccount>, bots: readonly ListedAccount[]) {
  return withoutRows(
    kept,
    bots.map(({ _id }) => _id),
  );
}
