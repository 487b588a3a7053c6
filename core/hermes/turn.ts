import type { HermesCall } from "./hermes.transport.ts";
import { ChatCompletion, RunState, type JsonObject } from "./hermes.wire.ts";

/** What a turn of the agent came to, the same for a chat call and for a finished run. */
export type Turn = {
  text: string;
  /** A run's status; `completed` for a chat call, which answers only when the turn is over. */
  status: string;
  isOver: boolean;
  /** Hermes says that the turn failed. */
  failed: boolean;
  /** There is text, but not all of it: cut at a length, a budget or an interrupt. */
  partial: boolean;
  /** Why it failed, in Hermes' words; may hold anything, so never show or log it. */
  error: string;
  responseId?: string;
  usage?: JsonObject;
};

/** A run in any other state, known or not, still goes on (reference/hermes.md 1.5). */
const lastStates = ["completed", "failed", "cancelled", "interrupted"];

/** Reads the result out of a 200, or undefined when it is none. */
export function readTurn(
  call: HermesCall,
  json: JsonObject,
  headers: Record<string, string>,
): Turn | undefined {
  if (call === "ask") return readChat(json, headers);
  if (call === "get_run") return readRun(json);
  return undefined;
}

function readChat(json: JsonObject, headers: Record<string, string>): Turn | undefined {
  const { data } = ChatCompletion.safeParse(json);
  const choice = data?.choices[0];
  if (data === undefined || choice === undefined) return undefined;
  const finish = choice.finish_reason ?? "stop";
  const cutAtLength = finish === "length";
  const incomplete = data.hermes?.completed === false || headers["x-hermes-completed"] === "false";
  return {
    text: textOf(choice.message.content),
    status: "completed",
    isOver: true,
    failed: finish === "error" || (data.hermes?.failed === true && !cutAtLength),
    partial: cutAtLength || incomplete,
    error: "",
    ...(data.id === undefined ? {} : { responseId: data.id }),
    ...(data.usage === undefined ? {} : { usage: data.usage }),
  };
}

function readRun(json: JsonObject): Turn | undefined {
  const { data } = RunState.safeParse(json);
  if (data === undefined) return undefined;
  const text = textOf(data.output);
  // Newer servers end a truncated turn as failed, with its text and this flag (reference/hermes.md 1.5).
  const truncated = data.partial === true && text.trim() !== "";
  return {
    text,
    status: data.status,
    isOver: lastStates.includes(data.status),
    failed: data.status === "failed" && !truncated,
    partial: truncated || data.completed === false,
    error: textOf(data.error),
    ...(data.run_id === undefined ? {} : { responseId: data.run_id }),
    ...(data.usage === undefined ? {} : { usage: data.usage }),
  };
}

/** Text as it comes: a string, or a list of parts of which some are text. */
export function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (Array.isArray(content)) return content.map(textOf).filter(Boolean).join("\n");
  if (typeof content === "object" && content !== null) {
    if ("text" in content) return textOf(content.text);
    if ("message" in content) return textOf(content.message);
  }
  return "";
}
