import { hc, parseResponse } from "hono/client";
import type { Api } from "#functions/api/app.ts";
import { ApiError, errorOf, unreadableAnswer, unreadableCode } from "./api-error.ts";
import { lookForNewBuild, noteVersion } from "./new-build.ts";

/** What the api answered, as it declares it; throws ApiError for what cannot be read. */
export const answerOf: typeof parseResponse = async (answer) => {
  try {
    return await parseResponse(answer);
  } catch (cause) {
    throw cause instanceof SyntaxError ? unreadableAnswer(cause) : cause;
  }
};

/**
 * The management API with its own types: `answerOf(api.accounts[":id"].$get({ param: { id } }))`.
 * Every call throws ApiError when the answer is not a success.
 */
export const { api } = hc<Api>("/", { headers: { "x-hub-csrf": "1" }, fetch: fetchOrExplain });

async function fetchOrExplain(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const response = await reach(input, init);
  noteVersion(response.headers.get("x-hub-version"));
  const error = response.ok ? unreadable(response) : await errorOf(response);
  if (error === null) return response;
  // What no longer fits may be of another build.
  if (error.code === unreadableCode || error.code === "route.unknown") void lookForNewBuild();
  throw error;
}

/** A page of a list, of which the items are sure to be there. */
export async function listOf<T extends { items: unknown[] }>(answer: Promise<T>): Promise<T> {
  const page = await answer;
  // The api's types say what it gives; an answer of another build may be otherwise.
  if (!Array.isArray(page.items)) throw unreadableAnswer();
  return page;
}

/** A success in other words than the api's: a page that something on the way put in its place. */
function unreadable(response: Response): ApiError | null {
  const type = response.headers.get("content-type") ?? "";
  return /^application\/json\b/i.test(type) ? null : unreadableAnswer();
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
