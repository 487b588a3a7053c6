import { answerOf, api } from "#console/client/api.ts";

export const hermesKey = ["hermes"] as const;

export function readHermes() {
  return answerOf(api.hermes.$get());
}
export type HermesState = Awaited<ReturnType<typeof readHermes>>;
