import { z } from "zod";

const headers = z.record(z.string().regex(/^[A-Za-z0-9-]+$/), z.string().regex(/^[\t\x20-\x7e]*$/));

/** Reads HERMES_EXTRA_HEADERS, a JSON object of header names and values. */
export function readExtraHeaders(
  text: string,
  context: z.core.$RefinementCtx,
): Record<string, string> {
  const parsed = headers.safeParse(jsonOrNull(text));
  if (parsed.success) return parsed.data;
  context.addIssue({
    code: "custom",
    message: 'write a JSON object of headers, such as {"CF-Access-Client-Id":"…"}',
  });
  return z.NEVER;
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The caller reports it with what to write instead; the parser's own message would quote secrets.
    return null;
  }
}
