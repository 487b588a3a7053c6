import { createHash } from "node:crypto";

import { badSessionId, badSessionKey, overCap } from "./admission.ts";
import type { HistoryMessage } from "./agent.ts";
import {
  ContentError,
  flattenText,
  isVisible,
  readContent,
  type MessageContent,
} from "./content.ts";
import { TurnCut } from "./executions.ts";
import type { Gateway } from "./gateway.ts";
import { chatFingerprint } from "./idempotency.ts";
import type { AgentResult } from "./turns.ts";
import {
  bodyTooLarge,
  fullError,
  HandlerCrash,
  isRecord,
  json,
  messageOf,
  notServed,
  parseJson,
  shortError,
  trimmed,
  type ApiRequest,
  type ApiResponse,
} from "./wire.ts";

/** What the agent said, and in which session; this is what a replay gives again. */
export type ChatResult = AgentResult & { sessionId: string };

interface Question {
  system: string | null;
  firstUserText: string;
  turn: MessageContent;
  history: HistoryMessage[];
}

/**
 * `POST /v1/chat/completions` without a stream, from the 429 on; the checks come in the order of
 * reference/hermes.md 4.2. Throws HandlerCrash where the real handler breaks, TurnCut when killed.
 */
export async function chatCompletion(gateway: Gateway, request: ApiRequest): Promise<ApiResponse> {
  const capped = overCap(gateway.config, gateway.places.takenByOthers(request.callId));
  if (capped) return capped;
  const { text, isOversize } = await request.readBody();
  if (isOversize && gateway.config.chunkedOversize === "too-large") return bodyTooLarge();
  const body = isOversize ? undefined : parseJson(text);
  if (body === undefined) return fullError(400, "Invalid JSON in request body");
  if (!isRecord(body)) throw new HandlerCrash("The body is no object.");
  const question = readQuestion(body);
  if ("status" in question) return question;
  const sessionKey = trimmed(request.header("x-hermes-session-key"));
  const sessionId = trimmed(request.header("x-hermes-session-id"));
  const refused = badSessionKey(sessionKey) ?? badSessionId(sessionId);
  if (refused) return refused;
  if (body["stream"] === true) return notServed("Streaming");
  const session = sessionId ?? derivedSessionId(question);
  const headers: Record<string, string> = {};
  if (sessionKey !== null) headers["X-Hermes-Session-Key"] = sessionKey;
  try {
    const result = await runOrReplay(gateway, request, { body, question, session, sessionId });
    // A replay tells the session that the first call ran in, whatever this one asked for.
    headers["X-Hermes-Session-Id"] = result.sessionId;
    return answer(gateway, body["model"], result, headers);
  } catch (error) {
    if (error instanceof TurnCut) throw error;
    return fullError(500, `Internal server error: ${messageOf(error)}`, { type: "server_error" });
  }
}

function readQuestion(body: Record<string, unknown>): Question | ApiResponse {
  const messages = body["messages"];
  if (!Array.isArray(messages) || messages.length === 0)
    return shortError(400, "Missing or invalid 'messages' field");
  const systems: string[] = [];
  const talk: { role: "user" | "assistant"; content: MessageContent }[] = [];
  for (const [index, message] of messages.entries()) {
    if (!isRecord(message)) throw new HandlerCrash("A message is no object.");
    const { role, content } = message;
    if (role === "system") systems.push(flattenText(content));
    if (role !== "user" && role !== "assistant") continue;
    try {
      talk.push({ role, content: readContent(content) });
    } catch (error) {
      if (!(error instanceof ContentError)) throw error;
      return error.toResponse(`messages[${index}].content`);
    }
  }
  const turn = talk.at(-1)?.content;
  if (!turn || !isVisible(turn)) return shortError(400, "No user message found in messages");
  return {
    system: systems.length === 0 ? null : systems.join("\n"),
    firstUserText: talk.find(({ role }) => role === "user")?.content.text ?? "",
    turn,
    history: talk.slice(0, -1).map(({ role, content }) => ({ role, content: content.text })),
  };
}

interface Work {
  body: Record<string, unknown>;
  question: Question;
  session: string;
  /** The id from the header; null when the session was derived and the body brings the history. */
  sessionId: string | null;
}

function runOrReplay(gateway: Gateway, request: ApiRequest, work: Work): Promise<ChatResult> {
  const key = request.header("idempotency-key");
  const { turn, history } = work.question;
  const run = (): Promise<ChatResult> => {
    gateway.places.handOver(request.callId);
    return gateway.agent.run({
      sessionId: work.session,
      profile: request.profile,
      requestId: request.callId,
      text: turn.text,
      images: turn.images,
      via: "chat",
      runId: null,
      history: work.sessionId === null ? history : null,
      idempotencyKey: key,
      askApproval: null,
    });
  };
  if (key === null || key === "") return run();
  const isScoped = gateway.config.keepsProfilesApart;
  const scopedKey = isScoped ? `${request.profile ?? ""}/${key}` : key;
  return gateway.chatReplays.getOrRun(scopedKey, chatFingerprint(work.body), run);
}

function answer(
  gateway: Gateway,
  model: unknown,
  result: ChatResult,
  headers: Record<string, string>,
): ApiResponse {
  const { completed, partial, failed, error, media } = result;
  const finalResponse = media
    ? result.finalResponse.replace(media.tag, media.markdown)
    : result.finalResponse;
  const isUnclean = partial || failed || !completed;
  const state = { completed, partial, failed };
  if (isUnclean) headers["X-Hermes-Completed"] = "false";
  if (isUnclean) headers["X-Hermes-Partial"] = String(partial);
  if (finalResponse === "" && (failed || partial)) {
    const message = error ?? "Agent run did not produce a response.";
    const envelope = { message, type: "server_error", param: null, code: "agent_incomplete" };
    return json(502, { error: { ...envelope, hermes: state } }, headers);
  }
  // Header values are bytes: what a header cannot carry would break the answer itself.
  if (isUnclean && error)
    headers["X-Hermes-Error"] = error.slice(0, 200).replaceAll(/[^ -~]/g, "?");
  const finish = finishReason(result);
  const errorCode = finish === "length" ? "output_truncated" : "agent_error";
  return json(
    200,
    {
      id: `chatcmpl-${gateway.newId(29)}`,
      object: "chat.completion",
      created: Math.floor(gateway.now() / 1000),
      model: model ?? gateway.config.model,
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: finalResponse },
          finish_reason: finish,
        },
      ],
      usage: chatUsage(result),
      ...(isUnclean ? { hermes: { ...state, error, error_code: errorCode } } : {}),
    },
    headers,
  );
}

function finishReason({ partial, failed, completed, error }: AgentResult): string {
  if (partial && error?.toLowerCase().includes("truncat")) return "length";
  return failed || (!completed && error) ? "error" : "stop";
}

function chatUsage({ finalResponse, failed, isProviderAuthFailure }: ChatResult): object {
  const isUnspent = failed || isProviderAuthFailure;
  const prompt = isUnspent ? 0 : 900;
  const completion = isUnspent ? 0 : Math.ceil(finalResponse.length / 4);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
  };
}

// What strangers with the same first words share when no session header is sent.
function derivedSessionId({ system, firstUserText }: Question): string {
  const seed = `${system ?? ""}\n${firstUserText}`;
  return `api-${createHash("sha256").update(seed).digest("hex").slice(0, 16)}`;
}
