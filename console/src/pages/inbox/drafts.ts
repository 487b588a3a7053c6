import { newKey } from "#console/client/new-key.ts";
import { keptWords } from "#console/parts/kept-words.ts";
import { splitText } from "#core/sending/split.ts";

/** What was typed and not sent yet; a draft's key is its message's. */
type Draft = { text: string; clientKey: string };

const drafts = keptWords("message");

export function draftOf(conversationId: string): Draft {
  const [, clientKey, text] = /^(\w+) ([^]*)$/.exec(drafts.get(conversationId) ?? "") ?? [];
  if (clientKey === undefined || text === undefined) return { text: "", clientKey: newKey() };
  return { text, clientKey };
}

/** Other words are another message, so that a repeat after an error cannot send the old ones. */
export function typed(conversationId: string, text: string): Draft {
  const draft = { text, clientKey: newKey() };
  if (text === "") drafts.forget(conversationId);
  else drafts.keep(conversationId, `${draft.clientKey} ${text}`);
  return draft;
}

/** In how many bubbles the hub would send this; each costs one message of the contact's window. */
export function countBubbles(text: string): number {
  return splitText(text).length;
}
