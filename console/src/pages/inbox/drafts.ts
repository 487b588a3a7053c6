import { splitText } from "#core/sending/split.ts";

/** What was typed and not sent yet, kept while the tab lives; a draft's key is its message's. */
type Draft = { text: string; clientKey: string };

const drafts = new Map<string, Draft>();

export function draftOf(conversationId: string): Draft {
  return drafts.get(conversationId) ?? { text: "", clientKey: newKey() };
}

/** Other words are another message, so that a repeat after an error cannot send the old ones. */
export function typed(conversationId: string, text: string): Draft {
  const draft = { text, clientKey: newKey() };
  drafts.set(conversationId, draft);
  return draft;
}

/** In how many bubbles the hub would send this; each costs one message of the contact's window. */
export function countBubbles(text: string): number {
  return splitText(text).length;
}

function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
