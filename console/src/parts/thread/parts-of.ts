import type { ThreadMessage } from "#console/client/conversations.ts";

export type Inbound = Extract<ThreadMessage, { direction: "inbound" }>;
export type Outbound = Extract<ThreadMessage, { direction: "outbound" }>;

export type ThreadPart =
  | { day: string; at: string }
  | { id: string; side: "inbound"; messages: Inbound[] }
  | { id: string; side: "outbound"; message: Outbound };

/** A thread as it is drawn: days of the reader's zone, questions of one or more texts, and answers. */
export function partsOf(messages: readonly ThreadMessage[], zone: string): ThreadPart[] {
  const days = new Intl.DateTimeFormat("en-CA", { dateStyle: "short", timeZone: zone });
  const parts: ThreadPart[] = [];
  let today = "";
  for (const message of messages) {
    const at = message.direction === "inbound" ? message.sentAt : message.createdAt;
    const day = days.format(new Date(at));
    // A message that came late does not turn the day back.
    if (day > today) parts.push({ day, at });
    today = day > today ? day : today;
    const last = parts.at(-1);
    if (message.direction === "outbound") {
      parts.push({ id: message._id, side: "outbound", message });
    } else if (last && "messages" in last && isOneQuestion([...last.messages, message])) {
      last.messages.push(message);
    } else {
      parts.push({ id: message._id, side: "inbound", messages: [message] });
    }
  }
  return parts;
}

/** Several texts that went to Hermes together. */
export function isOneQuestion(messages: readonly Inbound[]): boolean {
  const [first] = messages;
  if (!first || messages.length < 2 || first.runId === null) return false;
  return messages.every(({ runId }) => runId === first.runId);
}
