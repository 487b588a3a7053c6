import { addSecurityHeaders } from "./console-headers.ts";
import { stageSettings } from "./settings.ts";
import { tellViewerAddress } from "./viewer-address.ts";

/** The one public address; `/api` and `/rescan` lead to the api Lambda. */
export const router = new sst.aws.Router("Router", {
  domain: stageSettings.domain,
  edge: {
    viewerRequest: { injection: tellViewerAddress },
    viewerResponse: { injection: addSecurityHeaders },
  },
});
