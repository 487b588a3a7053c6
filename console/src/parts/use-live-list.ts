import {
  keepPreviousData,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
  type InfiniteData,
  type QueryKey,
} from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { mergeChanges, mergeTop, type Versioned } from "./merge.ts";

export type ListPage<T> = {
  items: T[];
  nextCursor: string | null;
  /** When the server read it; absent where a list is not told what changed. */
  asOf?: string;
};

export type Asked = { cursor?: string; since?: string };

/** How many looks long the rows below the first page may wait to be read again, for each page. */
const looksPerPage = 4;

/**
 * A list of the server, page by page, kept fresh while the tab is seen: the first page is read again
 * and again. Once there are more, what changed `since` is asked for and merged by `_id` and `version`
 * where the route tells it, and all pages are read again at a pace that grows with their number, so
 * that what no longer belongs there goes.
 */
export function useLiveList<T extends Versioned>(given: {
  key: QueryKey;
  read: (asked: Asked) => Promise<ListPage<T>>;
  everyMs: number;
  /** The route takes `since`. */
  tellsChanges?: boolean;
  enabled?: boolean;
}) {
  const { key, read, everyMs, tellsChanges = false, enabled = true } = given;
  const client = useQueryClient();
  const list = useInfiniteQuery({
    queryKey: key,
    async queryFn({ pageParam }) {
      const page = await read(pageParam === null ? {} : { cursor: pageParam });
      // The first page is news as well, and need not be asked for twice.
      if (pageParam === null) client.setQueryData([...key, "fresh"], page);
      return page;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.nextCursor,
    placeholderData: keepPreviousData,
    staleTime: everyMs,
    refetchInterval: ({ state }) => {
      const pages = state.data?.pages.length ?? 0;
      return pages > 1 && pages * looksPerPage * everyMs;
    },
    enabled,
  });
  const isReady = enabled && list.isSuccess && !list.isPlaceholderData;
  const fresh = useQuery({
    queryKey: [...key, "fresh"],
    queryFn: () => read({}),
    refetchInterval: everyMs,
    staleTime: everyMs,
    enabled: isReady,
  });
  const pages = list.data?.pages ?? [];
  const changedKey = [...key, "changed"];
  const changed = useQuery({
    queryKey: changedKey,
    queryFn: () => {
      const before = client.getQueryData<ListPage<T>>(changedKey)?.asOf;
      return readChanges(read, before ?? oldestOf(pages));
    },
    refetchInterval: everyMs,
    staleTime: everyMs,
    enabled: isReady && tellsChanges && pages.length > 1,
  });
  useNews(key, fresh.data, mergeTop);
  useNews(key, changed.data, (held, { items }) => mergeChanges(held, items));
  const items: readonly T[] = useMemo(
    () => list.data?.pages.flatMap((page) => page.items) ?? [],
    [list.data],
  );
  return {
    items,
    isLoading: list.isLoading,
    /** What is shown was found under the filters before. */
    isPrevious: list.isPlaceholderData,
    error: list.error ?? null,
    refetch: () => list.refetch(),
    hasMore: list.hasNextPage,
    isLoadingMore: list.isFetchingNextPage,
    loadMore: () => list.fetchNextPage(),
    updatedAt: Math.max(list.dataUpdatedAt, fresh.dataUpdatedAt),
    everyMs,
  };
}

/** Puts what was read beside the pages into them. */
function useNews<T>(
  key: QueryKey,
  news: ListPage<T> | undefined,
  merge: (pages: readonly ListPage<T>[], news: ListPage<T>) => ListPage<T>[],
): void {
  const client = useQueryClient();
  useEffect(() => {
    if (!news) return;
    client.setQueryData<InfiniteData<ListPage<T>, string | null>>(
      key,
      (before) => before && { ...before, pages: merge(before.pages, news) },
    );
    // The key's words decide, not the array that a caller wrote in place.
  }, [news, client, JSON.stringify(key)]);
}

/** All that changed since; the first page's time counts, since the next look goes on from there. */
async function readChanges<T>(
  read: (asked: Asked) => Promise<ListPage<T>>,
  since: string | undefined,
): Promise<ListPage<T>> {
  if (since === undefined) return { items: [], nextCursor: null };
  const first = await read({ since });
  const items = [...first.items];
  let cursor = first.nextCursor;
  while (cursor !== null) {
    const next = await read({ since, cursor });
    items.push(...next.items);
    cursor = next.nextCursor;
  }
  return { ...first, items, nextCursor: null };
}

function oldestOf(pages: readonly { asOf?: string }[]): string | undefined {
  const read = pages.flatMap(({ asOf }) => asOf ?? []);
  return read.toSorted((a, b) => a.localeCompare(b))[0];
}

/** What a DataTable wants to know of a list that is read page by page. */
export function rowsOf<T>(list: {
  items: readonly T[];
  isLoading: boolean;
  error: Error | null;
  refetch: () => unknown;
  hasMore: boolean;
  isLoadingMore: boolean;
  loadMore: () => unknown;
}) {
  const { items: rows, isLoading, error, hasMore, isLoadingMore } = list;
  const onRetry = () => void list.refetch();
  const loadMore = () => void list.loadMore();
  return { rows, isLoading, error, onRetry, hasMore, isLoadingMore, loadMore };
}

/** The same of a list that comes whole. */
export function wholeRowsOf<T>(
  rows: readonly T[],
  read: { isLoading: boolean; error: Error | null; refetch: () => unknown },
) {
  const { isLoading, error, refetch } = read;
  const noMore = { hasMore: false, isLoadingMore: false, loadMore: () => undefined };
  return rowsOf({ items: rows, isLoading, error, refetch, ...noMore });
}
