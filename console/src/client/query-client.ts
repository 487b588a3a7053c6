import { QueryClient } from "@tanstack/react-query";
import { ApiError, unreadableCode } from "./api-error.ts";

/** One cache for all pages; only what may pass by itself is tried again. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (failures, error) => failures < 2 && mayPass(error),
        refetchIntervalInBackground: false,
        refetchOnWindowFocus: true,
      },
      mutations: { retry: false },
    },
  });
}

function mayPass(error: Error): boolean {
  if (!(error instanceof ApiError) || error.code === unreadableCode) return false;
  return error.status === 0 || error.status === 502 || error.status === 503;
}
