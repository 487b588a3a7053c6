import { useQuery } from "@tanstack/react-query";
import { answerOf, api } from "./api.ts";

export const roles = ["viewer", "reviewer", "operator", "owner"] as const;
export type Role = (typeof roles)[number];

export const meKey = ["me"] as const;

export function readMe() {
  return answerOf(api.me.$get());
}
export type Me = Awaited<ReturnType<typeof readMe>>;

/** Who is signed in; fails with 401 when nobody is. */
export function useMe() {
  return useQuery({ queryKey: meKey, queryFn: readMe, staleTime: 60_000, retry: false });
}

/** Whether who is signed in may do what concerns all bots, with this role. */
export function useMayForAll(least: Role): boolean {
  const labels = useMe().data?.labels;
  return useMay(least) && labels === null;
}

/** Whether who is signed in may do what asks for this role. */
export function useMay(least: Role): boolean {
  const role = useMe().data?.role;
  return role !== undefined && roles.indexOf(role) >= roles.indexOf(least);
}
