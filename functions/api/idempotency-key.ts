import type { Context } from "hono";
import { RequestError } from "#core/shared/errors.ts";
import { callerOf, type ApiEnv } from "./caller.ts";

/**
 * What a new thing is stored under, so that a request that is sent twice with the same
 * `Idempotency-Key` makes it once; one caller's key is not another's. Undefined where none is sent.
 * Throws RequestError `request.key` (400).
 */
export function createdUnder(c: Context<ApiEnv>): string | undefined {
  const key = c.req.header("idempotency-key");
  if (key === undefined) return undefined;
  if (/^[\x21-\x7e]{8,100}$/.test(key)) return `${callerOf(c).userId}:${key}`;
  throw new RequestError(
    "invalid",
    "request.key",
    "An Idempotency-Key has 8 to 100 visible characters; nothing was changed.",
  );
}
