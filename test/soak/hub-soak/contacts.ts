import { setTimeout as wait } from "node:timers/promises";
import type { Contact, Plan, SoakHub } from "./soak-hub.ts";
import type { Trouble } from "./trouble.ts";

/** By what a text is known wherever it comes up again. */
export const markers = /q\d+q/g;

const copies = ["same-id", "new-id", "new-context-token", "no-id"] as const;
/** One text in so many comes more than once. */
const copiedOf = 4;

let written = 0;

/** One text, and in one case of four a copy of it as WeChat makes them. */
export function write(hub: SoakHub, contact: Contact, random: () => number): void {
  const marker = `q${++written}q`;
  const copy = copies[Math.floor(random() * copies.length * copiedOf)];
  const { userId, bot } = contact;
  const { messageIds } = hub.wechat.userSends({
    userId,
    botId: bot.botId,
    text: `${marker} what do you say to that?`,
    duplicates: copy === undefined ? [] : [copy],
  });
  contact.sent.push({ marker, botId: bot.botId, messageIds });
}

/**
 * Contacts write one after another at the plan's rate until the trouble is over; not while more
 * waits than the machine works off.
 */
export async function keepWriting(
  hub: SoakHub,
  { perSecond }: Plan,
  trouble: Trouble,
  mustWait: () => boolean,
): Promise<void> {
  const { random } = trouble;
  while (!trouble.isOver()) {
    const contact = hub.contacts[Math.floor(random() * hub.contacts.length)];
    if (contact && !mustWait()) write(hub, contact, random);
    await wait((1_000 / perSecond) * (0.5 + random()));
  }
}

/** Hermes repeats the markers of the question, which comes after what it was told or asked before. */
export function answerWithMarkers({ hermes }: SoakHub, { slowness, random }: Trouble): void {
  hermes.setAnswer(({ text }) => {
    const question = text.split("\n\n").at(-1) ?? "";
    const delayMs = Math.round((100 + 400 * random()) * slowness.times);
    return { kind: "ok", text: `I say ${question.match(markers)?.join(" ") ?? "hello"}.`, delayMs };
  });
}
