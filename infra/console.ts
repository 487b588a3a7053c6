import { existsSync } from "node:fs";
import { join } from "node:path";
import { router } from "./api.ts";

/** Where `npm run console:build` leaves the console, or where a build machine says. */
const folder = process.env["HUB_CONSOLE_DIR"] ?? join("console", "dist");

/**
 * The operators' web app, behind the same address as the API. Where it is not built there is none;
 * `npm run deploy` builds it first.
 */
export const operatorConsole = existsSync(join(folder, "index.html"))
  ? new sst.aws.StaticSite("Console", { path: folder, router: { instance: router } })
  : undefined;
