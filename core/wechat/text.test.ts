import { expect, test } from "vitest";
import { readUpdates } from "./updates.ts";
import { extractText } from "./text.ts";

const hello = { type: 1, text_item: { text: "hello" } };
const voice = { type: 3, voice_item: { text: "said aloud", encode_type: 4 } };
const silentVoice = { type: 3, voice_item: { encode_type: 4 } };

function extract(wire: object, voiceText = false) {
  const [message] = readUpdates({ msgs: [{ message_type: 1, ...wire }] }).messages;
  if (message === undefined) throw new Error("no message was read");
  return extractText(message, { voiceText });
}

test.each([
  ["one text", { item_list: [hello] }, "hello"],
  ["several texts, a line each", { item_list: [hello, hello] }, "hello\nhello"],
  ["a text beside a picture", { item_list: [{ type: 2, image_item: {} }, hello] }, "hello"],
  ["a text with its spaces", { item_list: [{ type: 1, text_item: { text: " a " } }] }, " a "],
  ["a text without its type", { item_list: [{ text_item: { text: "hello" } }] }, "hello"],
  ["a blank beside a text", { item_list: [{ type: 1, text_item: { text: " " } }, hello] }, "hello"],
])("%s is answerable", (_name, wire, text) => {
  expect(extract(wire)).toEqual({ kind: "text", text });
});

test.each([
  ["a bot's message", { message_type: 2, item_list: [hello] }, "not_user"],
  ["a message of no kind", { message_type: undefined, item_list: [hello] }, "not_user"],
  ["a group's message", { group_id: "g@im", item_list: [hello] }, "group"],
  ["no items", {}, "no_text"],
  ["a blank text", { item_list: [{ type: 1, text_item: { text: " \n" } }] }, "no_text"],
  ["a text item without text", { item_list: [{ type: 1 }] }, "no_text"],
  ["a picture", { item_list: [{ type: 2, image_item: {} }] }, "image"],
  ["a voice message", { item_list: [voice] }, "voice"],
  ["a file", { item_list: [{ type: 4, file_item: {} }] }, "file"],
  ["a video", { item_list: [{ type: 5, video_item: {} }] }, "video"],
  ["an item of a new type", { item_list: [{ type: 42 }] }, "unknown_item"],
  ["a picture without its type", { item_list: [{ image_item: {} }] }, "image"],
])("%s is unanswerable and says why", (_name, wire, reason) => {
  expect(extract(wire)).toEqual({ kind: "unanswerable", reason });
});

test("a voice message is answerable by its transcript only where that is wanted and there", () => {
  expect(extract({ item_list: [voice] }, true)).toEqual({ kind: "text", text: "said aloud" });
  expect(extract({ item_list: [silentVoice] }, true)).toEqual({
    kind: "unanswerable",
    reason: "voice",
  });
});
