import type { ApiDeps } from "../app.ts";
import { conversationRoutes } from "../conversations.ts";
import { reviewRoutes } from "../reviews.ts";
import { newRoutes } from "../routes.ts";

/** Conversations and the drafts that wait for a person in them. */
export function talkPart(deps: ApiDeps) {
  return newRoutes().route("/", conversationRoutes(deps)).route("/", reviewRoutes(deps));
}
