import { answerOf, api, listOf } from "./api.ts";

const pageSize = "50";

export function readConversation(id: string) {
  return answerOf(api.conversations[":id"].$get({ param: { id } }));
}
export type Conversation = Awaited<ReturnType<typeof readConversation>>;

/** The newest first, as the api pages them. */
export function readThread(id: string, cursor?: string) {
  const query = { limit: pageSize, ...(cursor ? { cursor } : {}) };
  return listOf(answerOf(api.conversations[":id"].messages.$get({ param: { id }, query })));
}
export type ThreadMessage = Awaited<ReturnType<typeof readThread>>["items"][number];
