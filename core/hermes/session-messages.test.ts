import { expect, test } from "vitest";
import { findLostAnswer, type HermesMessage } from "./session-messages.ts";

const asked = { role: "user", text: "what time is it?" };
const answered = { role: "assistant", text: "noon", finishReason: "stop" };
const toolCall = { role: "assistant", text: "let me look", finishReason: "tool_calls" };
const toolResult = { role: "tool", text: "12:00" };

test.each<[string, HermesMessage[], string | undefined]>([
  ["an answer at once", [asked, answered], "noon"],
  ["an answer after tools", [asked, toolCall, toolResult, answered], "noon"],
  [
    "the answer before the next question",
    [asked, answered, { role: "user", text: "and?" }],
    "noon",
  ],
  ["the answer to the question asked again", [asked, answered, asked], undefined],
  ["only the question", [asked], undefined],
  ["a turn that ended among its tools", [asked, toolCall, toolResult], undefined],
  ["words before a tool call", [asked, toolCall], undefined],
  ["an empty answer", [asked, { role: "assistant", text: " " }], undefined],
  ["a failed turn", [asked, { ...answered, finishReason: "error" }], undefined],
  [
    "an excuse",
    [asked, { ...answered, text: "⚠️ No reply: the model returned empty content" }],
    undefined,
  ],
  ["another question", [{ role: "user", text: "hello" }, answered], undefined],
  ["nothing", [], undefined],
])("a transcript with %s", (_name, messages, expected) => {
  expect(findLostAnswer(messages, " what time is it?\n")).toBe(expected);
});
