import { useRef } from "react";
import { newKey } from "#console/client/new-key.ts";

/**
 * The key under which a form is sent: the same words again are the same request, which the api carries
 * out once, also where its first answer was lost on the way. Other words are another request.
 */
export function useRequestKey(words: unknown): { headers: Record<string, string> } {
  const written = JSON.stringify(words);
  const last = useRef({ written, key: newKey() });
  if (last.current.written !== written) last.current = { written, key: newKey() };
  return { headers: { "idempotency-key": last.current.key } };
}
