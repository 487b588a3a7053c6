import type { ApiDeps } from "../app.ts";
import { meRoutes } from "../me.ts";
import { newRoutes } from "../routes.ts";
import { signInRoutes } from "../sign-in.ts";

/** Coming in and one's own user: what a browser asks for first. */
export function ownPart(deps: ApiDeps) {
  return newRoutes().route("/", signInRoutes(deps)).route("/", meRoutes(deps));
}
