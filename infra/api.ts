import { stageSettings } from "./settings.ts";

/** The one public address; `/api` leads to the api Lambda. */
export const router = new sst.aws.Router("Router", {
  domain: stageSettings.domain,
});
