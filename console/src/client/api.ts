import { hc } from "hono/client";
import type { Api } from "#functions/api/app.ts";
import { ApiError, errorOf } from "./api-error.ts";

export { parseResponse as answerOf } from "hono/client";

/**
 * The management API with its own types: `answerOf(api.accounts[":id"].$get({ param: { id } }))`.
 * Every call throws ApiError when the answer is not a success.
 */
export const { api } = hc<Api>("/", { headers: { "x-hub-csrf": "1" }, fetch: fetchOrExplain });

async function fetchOrExplain(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const response = await reach(input, init);
  if (!response.ok) throw await errorOf(response);
  return response;
}

async function reach(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(input, init);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    const message = "The hub could not be reached.";
    throw new ApiError({ status: 0, code: "network.unreachable", message, cause });
  }
}
