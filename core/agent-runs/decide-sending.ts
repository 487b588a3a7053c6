import { windowMs } from "#core/conversations/conversation.ts";
import type { OutboundMessage } from "#core/messages/message.ts";
import { isContinueWord } from "#core/policies/continue-words.ts";
import type { AgentRun } from "./agent-run.ts";
import type { Briefing } from "./briefing.ts";

export type SendingStep =
  | { do: "nothing"; settled: false }
  /** `consumes`: messages of the contact that asked for nothing but this. */
  | { do: "send"; message: OutboundMessage; run: AgentRun | null; consumes: readonly string[] }
  /** What it says is no longer so. */
  | { do: "drop"; message: OutboundMessage };

/**
 * What of the stored outbound messages comes before anything else: what is going out already, then a
 * parked answer since whose parking the contact has written. Null when there is nothing of the kind.
 */
export function decideSending(
  briefing: Briefing,
  { now, ageNow }: { now: Date; ageNow: Date },
): SendingStep | null {
  const going = briefing.outgoing.find(({ open }) => open === "going");
  if (going) {
    if (isMoot(briefing, going)) return { do: "drop", message: going };
    // A throttled bubble waits for its time, and all behind it wait with it.
    if (going.nextAttemptAt > now) return { do: "nothing", settled: false };
    return sendStep(briefing, going);
  }
  const parked = briefing.outgoing.filter(({ open }) => open === "parked");
  // What a poller is just storing must not overtake the rest: its job comes when all is stored.
  if (parked.length > 0 && isBeingStored(briefing)) return { do: "nothing", settled: false };
  const next = parked.find((message) => mayGoOn(briefing, message, ageNow));
  return next ? sendStep(briefing, next) : null;
}

/** A message is there and what it changes in its conversation is not, though it will be. */
function isBeingStored({ conversation, waiting }: Briefing): boolean {
  const { lastInboundAt, generation } = conversation;
  return waiting.some((message) => {
    return message.generation >= generation && message.sentAt > lastInboundAt;
  });
}

/** The account's login is over: what is going out is parked (`sendOutbound`), and no time matters. */
export function decideParking(briefing: Briefing): SendingStep | null {
  const going = briefing.outgoing.find(({ open }) => open === "going");
  return going ? sendStep(briefing, going) : null;
}

function sendStep(briefing: Briefing, message: OutboundMessage): SendingStep {
  const { openRun } = briefing;
  const run = openRun?.outboundMessageId === message._id ? openRun : null;
  return { do: "send", message, run, consumes: continueWords(briefing, message) };
}

/** Messages that only ask for the rest that was offered. */
function continueWords({ waiting, openRun, policy }: Briefing, message: OutboundMessage): string[] {
  if (message.offerId === null) return [];
  return waiting
    .filter(({ _id }) => !openRun?.messageIds.includes(_id))
    .filter(({ text }) => isContinueWord(text ?? "", policy?.continueWords))
    .map(({ _id }) => _id);
}

/** The contact's new credits make the offer idle; a notice must not say what is over. */
function isMoot({ conversation, openRun, hermes }: Briefing, message: OutboundMessage): boolean {
  if (message.kind === "offer") return conversation.credits > 1;
  if (message.kind !== "notice") return false;
  if (!openRun || openRun._id !== message.runId) return true;
  const isUp = hermes === null || hermes.state === "up";
  return openRun.waitCause === "hermes_down" && isUp;
}

/** Only the contact's next message lets a parked answer go on, whatever else our ledger says. */
function mayGoOn({ conversation }: Briefing, message: OutboundMessage, ageNow: Date): boolean {
  const { lastInboundAt, credits } = conversation;
  const { parkedAfter } = message;
  const hasWritten = parkedAfter === null || lastInboundAt > parkedAfter;
  const isOpen = ageNow.getTime() - lastInboundAt.getTime() < windowMs;
  return hasWritten && isOpen && credits > 0;
}
