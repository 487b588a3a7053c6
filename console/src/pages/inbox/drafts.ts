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

/** WeChat shows 2,000 characters or 16,384 bytes in one bubble (reference/ilink.md 1.4). */
export function countBubbles(text: string): number {
  const words = text.trim();
  const bytes = new TextEncoder().encode(words).length;
  return Math.max(Math.ceil(words.length / 2_000), Math.ceil(bytes / 16_384));
}

function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
