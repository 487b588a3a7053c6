import type { ApiDeps } from "../app.ts";
import { accountVerbRoutes } from "../account-verbs.ts";
import { accountRoutes } from "../accounts.ts";
import { listRoutes } from "../lists.ts";
import { loginRoutes } from "../logins.ts";
import { rescanLinkRoutes } from "../rescan-links.ts";
import { newRoutes } from "../routes.ts";

/** The bots, how they log in, and what was said and asked by each. */
export function botPart(deps: ApiDeps) {
  return newRoutes()
    .route("/", accountRoutes(deps))
    .route("/", accountVerbRoutes(deps))
    .route("/", loginRoutes(deps))
    .route("/", rescanLinkRoutes(deps))
    .route("/", listRoutes(deps));
}
