import type { World } from "./world.ts";

/** One line of a conversation for the page, in the order of its time. */
export interface ChatLine {
  readonly from: "user" | "bot" | "nobody";
  readonly at: number;
  readonly text: string;
  /** To quote by; null for what never arrived. */
  readonly messageId: string | null;
  /** Of what never arrived, or arrived twice. */
  readonly note: string | null;
}

export function chatLines(world: World, contact: { userId: string; botId: string }): ChatLine[] {
  const ofContact = (message: { userId: string; botId: string }) =>
    message.userId === contact.userId && message.botId === contact.botId;
  const written = world.phoneMessages
    .filter(ofContact)
    .map(({ at, text, messageId, queued }): ChatLine => {
      return { from: "user", at, text, messageId, note: queued ? null : "not queued" };
    });
  const shown = world.bubbles.filter(ofContact).map((bubble): ChatLine => {
    const note = bubble.duplicateOfClientId === undefined ? null : "shown again";
    return {
      from: "bot",
      at: bubble.shownAt,
      text: bubble.text,
      messageId: bubble.messageId,
      note,
    };
  });
  const heldBack = world.attempts
    .filter((attempt) => ofContact(attempt) && attempt.verdict !== "accepted")
    .map(({ at, text, verdict, rule, code, errmsg }): ChatLine => {
      const note = `${verdict}: ${rule} ${code} ${errmsg}`.trim();
      return { from: "nobody", at, text, messageId: null, note };
    });
  return [...written, ...shown, ...heldBack].toSorted((a, b) => a.at - b.at);
}
