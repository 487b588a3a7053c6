import { useQuery } from "@tanstack/react-query";
import { answerOf, api, listOf } from "./api.ts";

export const accountsKey = ["accounts"] as const;
export const policiesKey = ["policies"] as const;

type ListQuery = NonNullable<Parameters<typeof api.accounts.$get>[0]>["query"];

export function readAccounts(query: ListQuery) {
  return listOf(answerOf(api.accounts.$get({ query })));
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

type BulkBody = Parameters<typeof api.accounts.bulk.$post>[0]["json"];
export type Bulk = Omit<BulkBody, "ids"> & { ids: readonly string[] };

/** The api takes 200 at once; each may take a call to Scheduler, and its Lambda has 30 seconds. */
const mostAtOnce = 50;

/** The same with many bots, however many; each has its own result. */
export async function doWithMany({ ids, ...rest }: Bulk) {
  const results = [];
  for (const some of inParts(ids)) {
    const json = { ...rest, ids: [...some] };
    results.push(...(await answerOf(api.accounts.bulk.$post({ json }))).results);
  }
  return results;
}

/** For each of these bots the others of the same name, among all that one may see. */
export async function readNamesakes(ids: readonly string[]) {
  const found = [];
  for (const some of inParts(ids)) {
    const query = { ids: some.join(",") };
    found.push(...(await listOf(answerOf(api.accounts.duplicates.$get({ query })))).items);
  }
  return new Map(found.map(({ _id, namesakes }) => [_id, namesakes]));
}

function inParts(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / mostAtOnce) }, (_, part) =>
    ids.slice(part * mostAtOnce, (part + 1) * mostAtOnce),
  );
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
    queryFn: () => listOf(answerOf(api.policies.$get({ query: {} }))),
    staleTime: 60_000,
  });
}

/** All labels in use. */
export function useLabels() {
  return useQuery({
    queryKey: ["labels"],
    queryFn: () => listOf(answerOf(api.accounts.labels.$get({ query: {} }))),
    staleTime: 30_000,
  });
}

/** What is shown of a bot while this is done with it. */
export function shownAs({
  verb,
  policyId,
}: Pick<Bulk, "verb" | "policyId">): Partial<
  Pick<ListedAccount, "status" | "polling" | "policyId">
> {
  const policy = policyId === undefined ? {} : { policyId };
  return { ...shownVerbs[verb], ...policy };
}

const shownVerbs = {
  approve: { status: "approved" },
  reject: { status: "retiring" },
  suspend: { status: "suspended" },
  resume: { status: "approved" },
  "start-polling": { polling: true },
  "stop-polling": { polling: false },
  "set-policy": {},
} as const satisfies Record<Bulk["verb"], Partial<ListedAccount>>;
