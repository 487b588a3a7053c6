import { securityHeaders } from "../console/src/security-headers.ts";

/**
 * Runs at CloudFront on each answer: what the console's files come without, which S3 does not add. The
 * api's answers bring their own, and keep them.
 */
export const addSecurityHeaders = `
  const wanted = ${JSON.stringify({
    ...securityHeaders,
    "strict-transport-security": "max-age=31536000",
  })};
  const headers = event.response.headers;
  for (const name of Object.keys(wanted)) {
    if (!headers[name]) headers[name] = { value: wanted[name] };
  }
`;
