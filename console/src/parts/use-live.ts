import { keepPreviousData, useQuery, type QueryKey } from "@tanstack/react-query";

/**
 * Reads one thing again and again while the tab is seen; a hidden tab asks nothing. Give
 * `dataUpdatedAt` to a LiveMark.
 */
export function useLive<T>(given: {
  key: QueryKey;
  read: () => Promise<T>;
  everyMs: number;
  enabled?: boolean;
}) {
  return useQuery({
    queryKey: given.key,
    queryFn: given.read,
    refetchInterval: given.everyMs,
    refetchIntervalInBackground: false,
    placeholderData: keepPreviousData,
    enabled: given.enabled ?? true,
  });
}
