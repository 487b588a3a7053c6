import { z } from "zod";

const Message = z.looseObject({ role: z.string(), content: z.unknown() });
type Message = z.infer<typeof Message>;

/** What of OpenAI's request the scripted model looks at. */
export const ChatRequest = z.looseObject({
  messages: z.array(Message),
  stream: z.boolean().default(false),
  tools: z.array(z.looseObject({ function: z.looseObject({ name: z.string() }) })).default([]),
});
export type ChatRequest = z.infer<typeof ChatRequest>;

/** What a contact asked, as it reached the model. */
export type Question = {
  text: string;
  /** What was said before it, without Hermes' own instructions. */
  history: { role: string; text: string }[];
  /** False when Hermes asks once more about the same question: after a tool, a cut, a failure. */
  isFirstRequest: boolean;
  hasToolResult: boolean;
  offersTools: boolean;
  system: string;
};

/** Finds the contact's question among what Hermes sends; its own words to the model are no question. */
export function readQuestion({ messages, tools }: ChatRequest): Question {
  const talk = messages.filter(({ role }) => role !== "system");
  const asked = talk.findLastIndex((message) => message.role === "user" && !isNudge(message));
  const after = talk.slice(asked + 1);
  const last = talk[asked];
  return {
    text: last ? textOf(last) : "",
    history: talk.slice(0, Math.max(asked, 0)).map(toLine),
    isFirstRequest: after.length === 0 && tools.length > 0,
    hasToolResult: after.some(({ role }) => role === "tool"),
    offersTools: tools.length > 0,
    system: messages
      .filter(({ role }) => role === "system")
      .map(textOf)
      .join("\n"),
  };
}

/** Words by which Hermes itself drives the model on. */
function isNudge(message: Message): boolean {
  return /^(\[System: |You've reached the maximum number of tool-calling)/.test(textOf(message));
}

function toLine(message: Message): { role: string; text: string } {
  return { role: message.role, text: textOf(message) };
}

function textOf({ content }: Message): string {
  return typeof content === "string" ? content : JSON.stringify(content);
}
