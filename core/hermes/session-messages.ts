import { isErrorText } from "./error-texts.ts";
import { findFailure, type HermesFailure } from "./outcomes.ts";
import type { Facts } from "./facts.ts";
import { SessionMessage, SessionMessages } from "./hermes.wire.ts";
import { textOf } from "./turn.ts";

export type HermesMessage = { role: string; text: string; finishReason?: string };

export type SessionRead =
  | { kind: "messages"; messages: HermesMessage[] }
  /** Hermes knows no such session. */
  | { kind: "none" }
  | HermesFailure;

/** Reads the transcript of a session; entries of another shape than we know are passed over. */
export function readSession(facts: Facts): SessionRead {
  const failure = findFailure(facts);
  if (failure?.row === "session_not_found") return { kind: "none" };
  if (failure !== undefined) return failure;
  const entries = SessionMessages.safeParse(facts.json).data?.data ?? [];
  const messages = entries.flatMap((entry) => {
    const { data } = SessionMessage.safeParse(entry);
    return data === undefined ? [] : [toMessage(data)];
  });
  return { kind: "messages", messages };
}

/**
 * The answer to a question whose reply was lost, if the turn came to an end: the last words of the
 * assistant after the last time this question was asked (reference/hermes.md 3.2 C).
 */
export function findLostAnswer(
  messages: readonly HermesMessage[],
  question: string,
): string | undefined {
  const asked = messages.findLastIndex(
    ({ role, text }) => role === "user" && text.trim() === question.trim(),
  );
  if (asked === -1) return undefined;
  const rest = messages.slice(asked + 1);
  const nextQuestion = rest.findIndex((message) => message.role === "user" && !isNudge(message));
  const turn = nextQuestion === -1 ? rest : rest.slice(0, nextQuestion);
  // What came in pieces is not kept as it was said: the transcript trims each.
  if (turn.some(({ finishReason }) => finishReason === "length")) return undefined;
  const last = turn.at(-1);
  return last?.role === "assistant" && isAnswer(last) ? last.text : undefined;
}

/** Words in the user's name by which Hermes drives its model on within one turn. */
function isNudge({ text }: HermesMessage): boolean {
  return (
    text.startsWith("[System: ") ||
    text.startsWith("You've reached the maximum number of tool-calling iterations allowed.")
  );
}

/** Words before a tool call are no answer yet, and Hermes' own excuses never are. */
function isAnswer({ text, finishReason }: HermesMessage): boolean {
  const isUnfinished = finishReason === "tool_calls" || finishReason === "error";
  return !isUnfinished && text.trim() !== "" && !isErrorText(text);
}

function toMessage(wire: { role: string; content?: unknown; finish_reason?: string | undefined }) {
  const { role, content, finish_reason } = wire;
  return {
    role,
    text: textOf(content),
    ...(finish_reason === undefined ? {} : { finishReason: finish_reason }),
  };
}
