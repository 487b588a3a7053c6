import type { ApiDeps } from "../app.ts";
import { auditRoutes } from "../audit.ts";
import { newRoutes } from "../routes.ts";
import { settingsRoutes } from "../settings.ts";

/** What was done, and by which settings. */
export function trailPart(deps: ApiDeps) {
  return newRoutes().route("/", auditRoutes(deps)).route("/", settingsRoutes(deps));
}
