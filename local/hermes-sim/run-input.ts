import type { HistoryMessage } from "./agent.ts";
import { isRecord, fullError, HandlerCrash, type ApiResponse } from "./wire.ts";

/** What a run is asked; content is passed on unchecked, as the real one does. */
export interface RunInput {
  text: string;
  images: string[];
  /** Null when the request brings none. */
  history: HistoryMessage[] | null;
  sessionId: string | null;
  model: string | null;
}

/** Reads the body of `POST /v1/runs`, or says 400; throws HandlerCrash where the real one breaks. */
export function readRunInput(body: Record<string, unknown>): RunInput | ApiResponse {
  const { input, session_id: sessionId, model, conversation_history: givenHistory } = body;
  if (isEmpty(input)) return fullError(400, "Missing 'input' field");
  const content = contentOf(input);
  if (isEmpty(content)) return fullError(400, "No user message found in input");
  const history = readHistory(givenHistory);
  if (history !== null && !Array.isArray(history)) return history;
  return {
    text: textOf(content),
    images: imagesOf(content),
    history: history ?? (Array.isArray(input) ? historyFromInput(input) : null),
    sessionId: isEmpty(sessionId) ? null : String(sessionId),
    model: typeof model === "string" ? model : null,
  };
}

function isEmpty(value: unknown): boolean {
  return !value || (Array.isArray(value) && value.length === 0);
}

function contentOf(input: unknown): unknown {
  if (typeof input === "string") return input;
  if (!Array.isArray(input)) return "";
  const last: unknown = input.at(-1);
  if (!isRecord(last)) throw new HandlerCrash("The last input item is no object.");
  return last["content"] ?? "";
}

function readHistory(given: unknown): HistoryMessage[] | ApiResponse | null {
  if (isEmpty(given)) return null;
  if (!Array.isArray(given))
    return fullError(400, "'conversation_history' must be an array of message objects");
  const history: HistoryMessage[] = [];
  for (const [index, entry] of given.entries()) {
    if (!isRecord(entry) || !("role" in entry) || !("content" in entry))
      return fullError(400, `conversation_history[${index}] must have 'role' and 'content' fields`);
    history.push(asMessage(entry["role"], entry["content"]));
  }
  return history;
}

function historyFromInput(input: unknown[]): HistoryMessage[] | null {
  const earlier = input.slice(0, -1).filter(isRecord);
  const told = earlier.filter(({ role, content }) => !isEmpty(role) && !isEmpty(content));
  if (told.length === 0) return null;
  return told.map(({ role, content }) => asMessage(role, textOf(content)));
}

function asMessage(role: unknown, content: unknown): HistoryMessage {
  return {
    role: role === "assistant" ? "assistant" : "user",
    content: typeof content === "string" ? content : JSON.stringify(content),
  };
}

function textOf(content: unknown): string {
  if (!Array.isArray(content))
    return typeof content === "string" ? content : JSON.stringify(content);
  const parts = content.filter(isRecord).filter(({ type }) => type === "text");
  return parts.map(({ text }) => (typeof text === "string" ? text : "")).join(" ");
}

function imagesOf(content: unknown): string[] {
  if (!Array.isArray(content)) return [];
  return content.filter(isRecord).flatMap(({ image_url: reference }) => {
    const url = isRecord(reference) ? reference["url"] : reference;
    return typeof url === "string" ? [url] : [];
  });
}
