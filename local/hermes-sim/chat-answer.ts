import type { HermesSimConfig } from "./config.ts";
import type { IdMaker } from "./id-maker.ts";
import { tokensOf, type AgentResult } from "./turns.ts";
import { json, type ApiResponse } from "./wire.ts";

/** What the agent said, and in which session; this is what a replay gives again. */
export type ChatResult = AgentResult & { sessionId: string };

export interface ChatAnswerParts {
  config: Readonly<HermesSimConfig>;
  newId: IdMaker;
  now: () => number;
}

/**
 * The answer to a chat call whose turn came to an end: 502 when it failed without a word, else 200
 * with `hermes` saying what was unclean (reference/hermes.md 1.2). `headers` are the session's.
 */
export function chatAnswer(
  parts: ChatAnswerParts,
  model: unknown,
  result: ChatResult,
  headers: Record<string, string>,
): ApiResponse {
  const { completed, partial, failed, error, media, finalResponse } = result;
  const state = { completed, partial, failed };
  const isUnclean = partial || failed || !completed;
  const allHeaders = isUnclean ? { ...headers, ...uncleanHeaders(result) } : headers;
  if (finalResponse === "" && (failed || partial)) return wordlessFailure(result, allHeaders);
  const content = media ? finalResponse.replace(media.tag, media.markdown) : finalResponse;
  const finish = finishReason(result);
  const errorCode = finish === "length" ? "output_truncated" : "agent_error";
  const completion = {
    id: `chatcmpl-${parts.newId(29)}`,
    object: "chat.completion",
    created: Math.floor(parts.now() / 1000),
    model: model ?? parts.config.model,
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: finish }],
    usage: usageOf(result),
    ...(isUnclean ? { hermes: { ...state, error, error_code: errorCode } } : {}),
  };
  return json(200, completion, allHeaders);
}

function uncleanHeaders({ partial, error, finalResponse }: ChatResult): Record<string, string> {
  const state = { "X-Hermes-Completed": "false", "X-Hermes-Partial": String(partial) };
  if (!error || finalResponse === "") return state;
  // What a header cannot carry would break the answer itself.
  return { ...state, "X-Hermes-Error": error.slice(0, 200).replaceAll(/[^ -~]/g, "?") };
}

function wordlessFailure(result: ChatResult, headers: Record<string, string>): ApiResponse {
  const { completed, partial, failed } = result;
  const error = {
    message: result.error ?? "Agent run did not produce a response.",
    type: "server_error",
    param: null,
    code: "agent_incomplete",
    hermes: { completed, partial, failed },
  };
  return json(502, { error }, headers);
}

function finishReason({ partial, failed, completed, error }: ChatResult): string {
  if (partial && error?.toLowerCase().includes("truncat")) return "length";
  return failed || (!completed && error) ? "error" : "stop";
}

function usageOf(result: ChatResult): object {
  const { input, output, total } = tokensOf(result);
  return { prompt_tokens: input, completion_tokens: output, total_tokens: total };
}
