import { answerOf, api } from "./api.ts";

export async function readAccount(id: string) {
  return answerOf(api.accounts[":id"].$get({ param: { id } }));
}
export type Account = Awaited<ReturnType<typeof readAccount>>;

/** A few bots whose name or label begins like this. */
export async function findBots(q: string): Promise<Pick<Account, "_id" | "name" | "labels">[]> {
  const { items } = await answerOf(api.accounts.$get({ query: { limit: "200" } }));
  const wanted = q.toLowerCase();
  return items
    .filter(({ name, labels }) =>
      [name, ...labels].some((word) => word.toLowerCase().includes(wanted)),
    )
    .slice(0, 8);
}
