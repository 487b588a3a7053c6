import type { ApiDeps } from "../app.ts";
import { deadJobRoutes } from "../dead-jobs.ts";
import { outboundRoutes } from "../outbound.ts";
import { newRoutes } from "../routes.ts";
import { runRoutes } from "../runs.ts";

/** Agent runs, what goes out, and jobs that could not be done. */
export function workPart(deps: ApiDeps) {
  return newRoutes()
    .route("/", runRoutes(deps))
    .route("/", outboundRoutes(deps))
    .route("/", deadJobRoutes(deps));
}
