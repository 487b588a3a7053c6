import type { ApiDeps } from "../app.ts";
import { newRoutes } from "../routes.ts";
import { tokenRoutes } from "../tokens.ts";
import { userRoutes } from "../users.ts";

/** Users, their invites and their API tokens. */
export function peoplePart(deps: ApiDeps) {
  return newRoutes().route("/", userRoutes(deps)).route("/", tokenRoutes(deps));
}
