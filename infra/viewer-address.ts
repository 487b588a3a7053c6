import { viewerAddressHeader } from "../functions/api/viewer-address-header.ts";

/** Runs at CloudFront on each request: the api Lambda sees but the edge, so it is told who asks. */
export const tellViewerAddress = `
  event.request.headers[${JSON.stringify(viewerAddressHeader)}] = { value: event.viewer.ip };
`;
