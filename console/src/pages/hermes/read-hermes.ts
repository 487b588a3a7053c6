import { answerOf, api, listOf } from "#console/client/api.ts";

export const hermesKey = ["hermes"] as const;

export function readHermes() {
  return listOf(answerOf(api.hermes.$get()));
}
export type HermesState = Awaited<ReturnType<typeof readHermes>>;
