/** Which accounts a list is about: those that the caller may see, and one of them if it is asked for. */
export type OfAccounts = {
  /** The accounts that the caller may see; null: all. */
  accountIds: readonly string[] | null;
  accountId?: string | undefined;
};

/** Both at once, so that asking for an account never shows one that the caller may not see. */
export function accountFilter({ accountIds, accountId }: OfAccounts): {
  accountId?: string | { $in: string[] };
} {
  if (accountIds === null) return accountId === undefined ? {} : { accountId };
  if (accountId === undefined) return { accountId: { $in: [...accountIds] } };
  return { accountId: accountIds.includes(accountId) ? accountId : { $in: [] } };
}
