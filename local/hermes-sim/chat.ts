import { createHash } from "node:crypto";

import { badSessionId, badSessionKey, overCap } from "./admission.ts";
import type { Agent, HistoryMessage } from "./agent.ts";
import type { HermesSimConfig } from "./config.ts";
import {
  ContentError,
  flattenText,
  isVisible,
  readContent,
  type MessageContent,
} from "./content.ts";
import { TurnCut } from "./executions.ts";
import { chatFingerprint, type ReplayCache } from "./idempotency.ts";
import type { Places } from "./places.ts";
import type { AgentResult } from "./turns.ts";
import {
  fullError,
  HandlerCrash,
  isRecord,
  json,
  shortError,
  type ApiRequest,
  type ApiResponse,
} from "./wire.ts";

export interface ChatParts {
  config: () => HermesSimConfig;
  agent: Agent;
  places: Places;
  replays: ReplayCache<AgentResult>;
  newId: (length: number) => string;
  now: () => number;
}

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
export async function chatCompletion(parts: ChatParts, request: ApiRequest): Promise<ApiResponse> {
  const capped = overCap(parts.config(), parts.places.takenByOthers(request.callId));
  if (capped) return capped;
  const { text, isOversize } = await request.readBody();
  if (isOversize && parts.config().chunkedOversize === "too-large") return bodyTooLarge();
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
  const headers: Record<string, string> = { "X-Hermes-Session-Id": session };
  if (sessionKey !== null) headers["X-Hermes-Session-Key"] = sessionKey;
  try {
    const result = await runOrReplay(parts, request, { body, question, session, sessionId });
    return answer(parts, body["model"], result, headers);
  } catch (error) {
    if (error instanceof TurnCut) throw error;
    return fullError(500, `Internal server error: ${messageOf(error)}`, { type: "server_error" });
  }
}

export function bodyTooLarge(): ApiResponse {
  return fullError(413, "Request body too large.", { code: "body_too_large" });
}

/** The stand-in's own refusal of what the real server could do. */
export function notServed(what: string): ApiResponse {
  return fullError(501, `${what} is not part of this Hermes stand-in.`, {
    type: "stand_in_error",
    code: "stand_in_not_served",
  });
}

/** Undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function trimmed(header: string | null): string | null {
  const value = header?.trim() ?? "";
  return value === "" ? null : value;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
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

function runOrReplay(parts: ChatParts, request: ApiRequest, work: Work): Promise<AgentResult> {
  const key = request.header("idempotency-key");
  const { turn, history } = work.question;
  const run = (): Promise<AgentResult> => {
    parts.places.handOver(request.callId);
    return parts.agent.run({
      sessionId: work.session,
      profile: request.profile,
      requestId: request.callId,
      text: turn.text,
      images: turn.images,
      via: "chat",
      runId: null,
      history: work.sessionId === null ? history : null,
      idempotencyKey: key,
    });
  };
  if (key === null || key === "") return run();
  const isScoped = parts.config().chatKeysPerCredential;
  const scopedKey = isScoped ? `${request.profile ?? ""}/${key}` : key;
  return parts.replays.getOrRun(scopedKey, chatFingerprint(work.body), run);
}

function answer(
  parts: ChatParts,
  model: unknown,
  result: AgentResult,
  headers: Record<string, string>,
): ApiResponse {
  const { finalResponse, completed, partial, failed, error } = result;
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
      id: `chatcmpl-${parts.newId(29)}`,
      object: "chat.completion",
      created: Math.floor(parts.now() / 1000),
      model: model ?? parts.config().model,
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

function chatUsage({ finalResponse, isBilled }: AgentResult): Record<string, number> {
  const completion = isBilled ? Math.ceil(finalResponse.length / 4) : 0;
  const prompt = isBilled ? 900 : 0;
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
