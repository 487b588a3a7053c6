import {
  keepPreviousData,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
  type InfiniteData,
  type QueryKey,
} from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { merge, type Versioned } from "./merge.ts";

export type ListPage<T> = {
  items: T[];
  nextCursor: string | null;
  /** When the server read it; absent where a list is not told what changed. */
  asOf?: string;
};

type Asked = { cursor?: string; since?: string };

/**
 * A list of the server, page by page, kept fresh while the tab is seen. Where the route tells what
 * changed `since`, only that is asked for and merged by `_id` and `version`; else the first page is
 * read again.
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
    enabled,
  });
  const asOf = list.data?.pages[0]?.asOf;
  const fresh = useQuery({
    queryKey: [...key, "fresh"],
    queryFn: () => read(tellsChanges && asOf !== undefined ? { since: asOf } : {}),
    refetchInterval: everyMs,
    refetchIntervalInBackground: false,
    staleTime: everyMs,
    initialData: undefined,
    enabled: enabled && list.isSuccess && !list.isPlaceholderData,
  });
  const news = fresh.data;
  useEffect(() => {
    if (!news) return;
    client.setQueryData<InfiniteData<ListPage<T>, string | null>>(
      key,
      (before) => before && { ...before, pages: merge(before.pages, news, tellsChanges) },
    );
    // The key's words decide, not the array that a caller wrote in place.
  }, [news, client, tellsChanges, JSON.stringify(key)]);
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
