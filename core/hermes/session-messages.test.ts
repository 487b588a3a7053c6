import { expect, test } from "vitest";
import { findLostAnswer, type HermesMessage } from "./session-messages.ts";

const asked = { role: "user", text: "what time is it?" };
const answered = { role: "assistant", text: "noon", finishReason: "stop" };
const toolCall = { role: "assistant", text: "let me look", finishReason: "tool_calls" };
const toolResult = { role: "tool", text: "12:00" };
const piece = { role: "assistant", text: "it is", finishReason: "length" };
const goOn = { role: "user", text: "[System: Your previous response was truncated by the …]" };
const sumUp = {
  role: "user",
  text: "You've reached the maximum number of tool-calling iterations allowed. Please provide …",
};

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
  ["Hermes' mark for an empty answer", [asked, { role: "assistant", text: "(empty)" }], undefined],
  ["an answer cut at its length", [asked, piece, goOn, piece, goOn, piece], undefined],
  ["an answer put together from pieces", [asked, piece, goOn, answered], undefined],
  ["an answer at the limit of steps", [asked, toolCall, toolResult, sumUp, answered], "noon"],
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
