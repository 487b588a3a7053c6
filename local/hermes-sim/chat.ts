import { createHash } from "node:crypto";

import { badSessionId, badSessionKey, overCap } from "./admission.ts";
import type { HistoryMessage } from "./agent.ts";
import { chatAnswer, type ChatResult } from "./chat-answer.ts";
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
import {
  bodyTooLarge,
  fullError,
  HandlerCrash,
  isRecord,
  messageOf,
  notServed,
  parseJson,
  shortError,
  trimmed,
  type ApiRequest,
  type ApiResponse,
} from "./wire.ts";

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
    return chatAnswer(gateway, body["model"], result, headers);
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

// What strangers with the same first words share when no session header is sent.
function derivedSessionId({ system, firstUserText }: Question): string {
  const seed = `${system ?? ""}\n${firstUserText}`;
  return `api-${createHash("sha256").update(seed).digest("hex").slice(0, 16)}`;
}
