import type { ApiDeps } from "../app.ts";
import { costRoutes } from "../cost.ts";
import { newRoutes } from "../routes.ts";
import { statisticsRoutes } from "../statistics.ts";

/** What is counted, and what it costs. */
export function figuresPart(deps: ApiDeps) {
  return newRoutes().route("/", statisticsRoutes(deps)).route("/", costRoutes(deps));
}
