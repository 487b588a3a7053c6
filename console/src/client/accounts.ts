import { useQuery } from "@tanstack/react-query";
import { answerOf, api } from "./api.ts";

export const accountsKey = ["accounts"] as const;
export const policiesKey = ["policies"] as const;

type ListQuery = NonNullable<Parameters<typeof api.accounts.$get>[0]>["query"];

export function readAccounts(query: ListQuery) {
  return answerOf(api.accounts.$get({ query }));
}
export type ListedAccount = Awaited<ReturnType<typeof readAccounts>>["items"][number];
export type AccountStatus = ListedAccount["status"];

export function readAccount(id: string) {
  return answerOf(api.accounts[":id"].$get({ param: { id } }));
}

/** A few bots whose name or label begins like this; the first ones for nothing. */
export async function findBots(q: string): Promise<ListedAccount[]> {
  return (await readAccounts({ ...(q ? { q } : {}), limit: "8" })).items;
}

/** What one may do with a bot in one call without further words. */
export type PlainVerb = "suspend" | "resume" | "start-polling" | "stop-polling";

export function doVerb(id: string, verb: PlainVerb) {
  const given = { param: { id } };
  const bot = api.accounts[":id"];
  const verbs = {
    suspend: () => answerOf(bot.suspend.$post(given)),
    resume: () => answerOf(bot.resume.$post(given)),
    "start-polling": () => answerOf(bot["start-polling"].$post(given)),
    "stop-polling": () => answerOf(bot["stop-polling"].$post(given)),
  };
  return verbs[verb]();
}

/** All policies, for choices and names. */
export function usePolicies() {
  return useQuery({
    queryKey: policiesKey,
    queryFn: () => answerOf(api.policies.$get()),
    staleTime: 60_000,
  });
}

/** All labels in use. */
export function useLabels() {
  return useQuery({
    queryKey: ["labels"],
    queryFn: () => answerOf(api.accounts.labels.$get()),
    staleTime: 30_000,
  });
}
