import { z } from "zod";
import { RunStatus } from "./agent-run.ts";
import { OfDay } from "./of-day.ts";

/** What of an earlier run tells whether Hermes knows what the contact read. */
export const PastRun = z.object({
  _id: z.string(),
  status: RunStatus,
  createdAt: z.date(),
  hermesSessionId: z.string(),
  ownHermes: z.string().nullable().default(null),
  /** The beginning of its question. */
  question: z.string(),
  isAnswered: z.boolean(),
  /** Whether its bytes went to Hermes. */
  isAsked: z.boolean(),
  /** What went out instead of Hermes' words. */
  editedText: z.string().nullable(),
  /** What its own note told. */
  tells: z.array(z.string()),
  ofDay: OfDay.nullable(),
});
export type PastRun = z.infer<typeof PastRun>;

/** What a person wrote to the contact. */
export const PersonsMessage = z.object({
  _id: z.string(),
  text: z.string(),
  createdAt: z.date(),
  chunks: z.array(z.object({ state: z.string() })),
});
export type PersonsMessage = z.infer<typeof PersonsMessage>;

/** The stage of an aggregate that makes a `PastRun` of a run. */
export const pastRunFields = {
  status: 1,
  createdAt: 1,
  hermesSessionId: 1,
  ownHermes: 1,
  question: { $substrCP: ["$inputText", 0, 60] },
  isAnswered: { $ne: [{ $ifNull: ["$outputText", null] }, null] },
  isAsked: { $ne: [{ $ifNull: ["$request", null] }, null] },
  editedText: { $ifNull: ["$review.editedText", null] },
  tells: { $ifNull: ["$note.tells", []] },
  ofDay: { $ifNull: ["$ofDay", null] },
};

export type Note = { text: string; tells: string[] };

/** What is known of the conversation's past; the runs newest first. */
export type Past = { runs: readonly PastRun[]; personal: readonly PersonsMessage[] };

const mostFacts = 4;
const longestQuote = 400;

type Fact = { key: string; at: Date; text: string };

/**
 * What Hermes must know before the next question of its session: answers of its that were changed,
 * held back or never arrived, and what a person wrote. Each fact is told once, since a run whose bytes
 * went to Hermes keeps what its note told. Null when Hermes knows what the contact read.
 */
export function noteFor(
  past: Past,
  of: { hermesSessionId: string; ownHermes: string | null; but: readonly string[] },
): Note | null {
  const session = past.runs.filter(
    ({ hermesSessionId, ownHermes, _id }) =>
      hermesSessionId === of.hermesSessionId && ownHermes === of.ownHermes && !of.but.includes(_id),
  );
  const began = session.at(-1)?.createdAt;
  if (began === undefined) return null;
  const told = new Set(session.filter(({ isAsked }) => isAsked).flatMap(({ tells }) => tells));
  const facts = [
    ...session.flatMap((run) => factOf(run, told)),
    ...past.personal.filter(({ createdAt }) => createdAt > began).flatMap(wordsOf),
  ]
    .filter(({ key }) => !told.has(key))
    .toSorted((a, b) => a.at.getTime() - b.at.getTime());
  if (facts.length === 0) return null;
  return {
    text: facts
      .slice(-mostFacts)
      .map(({ text }) => text)
      .join(" "),
    tells: facts.map(({ key }) => key),
  };
}

/** The note and the question, as Hermes reads them; the marks keep it from taking one for the other. */
export function withNote(note: Pick<Note, "text"> | null, question: string): string {
  return note === null
    ? question
    : `[Note from the team, not from the contact: ${note.text}]\n\n${question}`;
}

function factOf(run: PastRun, told: ReadonlySet<string>): Fact[] {
  const { _id, createdAt: at, question, editedText } = run;
  const state = stateOf(run);
  const wasTold = [...told].some((key) => key.startsWith(`${_id}:`));
  // What the contact read as Hermes wrote it is news only after it was told otherwise.
  if (state === null || (state === "sent" && !wasTold)) return [];
  const answer = `Your answer to "${cut(question, 60)}"`;
  const text = {
    edited: `${answer} was changed before it went out. The contact read: "${cut(editedText ?? "", longestQuote)}"`,
    sent: `${answer} was sent after all, as you wrote it.`,
    rejected: `${answer} was rejected by a person and not sent.`,
    held: `${answer} has not been sent; it waits for a person.`,
    parked: `${answer} has not reached the contact yet.`,
    unsent: `${answer} was not sent.`,
  }[state];
  return [{ key: `${_id}:${state}`, at, text }];
}

function stateOf({ status, isAnswered, isAsked, editedText }: PastRun) {
  if (status === "sent") return editedText === null ? "sent" : "edited";
  // Hermes goes on with a turn that nobody waits for any more.
  if (status === "cancelled") return isAsked ? "unsent" : null;
  if (!isAnswered) return null;
  if (status === "rejected") return "rejected";
  if (status === "awaiting_review") return "held";
  if (status === "parked") return "parked";
  return status === "error" ? "unsent" : null;
}

function wordsOf({ _id, text, createdAt, chunks }: PersonsMessage): Fact[] {
  const hasArrived = chunks.some(({ state }) => state === "accepted" || state === "unconfirmed");
  if (!hasArrived) return [];
  return [
    {
      key: _id,
      at: createdAt,
      text: `A person wrote to the contact: "${cut(text, longestQuote)}"`,
    },
  ];
}

function cut(text: string, longest: number): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= longest ? line : `${line.slice(0, longest).trimEnd()}…`;
}
