import type { Context } from "hono";
import { z } from "zod";
import { viewerAddressHeader } from "./viewer-address-header.ts";

const OfLambda = z.object({
  requestContext: z.object({ http: z.object({ sourceIp: z.string() }) }),
});

/**
 * Where a request came from. `viewer` is the browser's address as CloudFront saw it, which somebody who
 * asks the function's own URL may make up; `peer` is who asked that URL, which nobody can: an edge of
 * CloudFront as a rule. Lambda keeps only the first entry of X-Forwarded-For, which the browser
 * itself may have written, so that header says nothing.
 */
export function addressesOf(c: Context): { viewer: string; peer: string } {
  const found = OfLambda.safeParse(c.env);
  const peer = found.success ? found.data.requestContext.http.sourceIp : "local";
  return { viewer: c.req.header(viewerAddressHeader) ?? peer, peer };
}
