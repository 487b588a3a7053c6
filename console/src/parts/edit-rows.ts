import type { InfiniteData } from "@tanstack/react-query";
import type { Versioned } from "./merge.ts";
import type { ListPage } from "./use-live-list.ts";

/** A list as it is kept: page by page, or the first page as it was read last. */
export type Kept<T> = InfiniteData<ListPage<T>> | ListPage<T>;

/** A list as it will be: each row as `edit` gives it, and without those for which it gives nothing. */
export function editRows<T extends Versioned>(
  kept: Kept<T>,
  edit: (row: T) => T | undefined,
): Kept<T> {
  if ("pages" in kept) return { ...kept, pages: kept.pages.map((page) => edited(page, edit)) };
  return edited(kept, edit);
}

/** What is shown while rows leave a list. */
export function withoutRows<T extends Versioned>(kept: Kept<T>, ids: readonly string[]): Kept<T> {
  return editRows(kept, (row) => (ids.includes(row._id) ? undefined : row));
}

function edited<T>(page: ListPage<T>, edit: (row: T) => T | undefined): ListPage<T> {
  return { ...page, items: page.items.map(edit).filter((row) => row !== undefined) };
}
