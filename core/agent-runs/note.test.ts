import { describe, expect, test } from "vitest";
import { plusSeconds } from "#core/shared/clock.ts";
import { noteFor, withNote, type PastRun, type PersonsMessage } from "./note.ts";

const start = new Date("2026-03-02T08:00:00.000Z");
const session = { hermesSessionId: "cnv_1-1", ownHermes: null, but: [] };

let made = 0;
function run(changed: Partial<PastRun> = {}): PastRun {
  made += 1;
  return {
    _id: `run_${made}`,
    status: "sent",
    createdAt: plusSeconds(start, made),
    hermesSessionId: "cnv_1-1",
    ownHermes: null,
    question: `question ${made}`,
    isAnswered: true,
    isAsked: true,
    editedText: null,
    tells: [],
    ofDay: null,
    ...changed,
  };
}

function person(text: string, state = "accepted"): PersonsMessage {
  made += 1;
  return { _id: `msg_${made}`, text, createdAt: plusSeconds(start, made), chunks: [{ state }] };
}

function note(runs: PastRun[], personal: PersonsMessage[] = []) {
  return noteFor({ runs: runs.toReversed(), personal }, session);
}

describe("what Hermes is told before the next question", () => {
  test("is nothing while the contact read what Hermes wrote", () => {
    expect(note([])).toBeNull();
    expect(note([run(), run()])).toBeNull();
    expect(withNote(null, "Hello")).toBe("Hello");
  });

  test.each<[Partial<PastRun>, string]>([
    [{ editedText: "Tuesday" }, 'was changed before it went out. The contact read: "Tuesday"'],
    [{ status: "rejected" }, "was rejected by a person and not sent."],
    [{ status: "awaiting_review" }, "has not been sent; it waits for a person."],
    [{ status: "parked" }, "has not reached the contact yet."],
    [{ status: "error" }, "was not sent."],
    [{ status: "cancelled" }, "was not sent."],
    [{ status: "cancelled", isAnswered: false }, "was not sent."],
  ])("is what became of its answer: %j", (changed, words) => {
    const past = run(changed);
    const told = note([run(), past]);
    expect(told?.text).toBe(`Your answer to "${past.question}" ${words}`);
    expect(withNote(told, "Hello")).toBe(
      `[Note from the team, not from the contact: ${told?.text}]\n\nHello`,
    );
  });

  test("is not what it never heard of, nor what another session said", () => {
    expect(note([run({ status: "cancelled", isAnswered: false, isAsked: false })])).toBeNull();
    expect(note([run({ status: "error", isAnswered: false })])).toBeNull();
    expect(note([run({ editedText: "x", hermesSessionId: "cnv_1-0" })])).toBeNull();
    expect(note([run({ editedText: "x", ownHermes: "https://own/v1" })])).toBeNull();
  });

  test("is what a person wrote since the session began, once it reached the contact", () => {
    const before = person("before the session");
    const past = run();
    const [wrote, failed] = [person("Come\nat nine."), person("lost", "dead")];
    expect(note([past], [before, wrote, failed])).toEqual({
      text: 'A person wrote to the contact: "Come at nine."',
      tells: [wrote._id],
    });
  });

  test("comes in the order in which it happened, four things at the most, each cut", () => {
    const rejected = run({ status: "rejected" });
    const wrote = Array.from({ length: 4 }, (_, n) => person(`${n}${"x".repeat(900)}`));
    const told = note([rejected], wrote);
    expect(told?.tells).toHaveLength(5);
    expect(told?.text.match(/A person wrote/g)).toHaveLength(4);
    expect(told?.text).not.toContain("rejected");
    expect(told?.text.length).toBeLessThan(2_000);
  });
});

describe("each thing", () => {
  test("is told once: what a note told whose bytes went to Hermes is known", () => {
    const edited = run({ editedText: "Tuesday" });
    const wrote = person("Hello, Mei here");
    const told = note([edited], [wrote]);
    const asked = run({ tells: told?.tells ?? [] });
    expect(note([edited, asked], [wrote])).toBeNull();
    const neverAsked = run({ tells: told?.tells ?? [], isAsked: false });
    expect(note([edited, neverAsked], [wrote])).toEqual(told);
  });

  test("that changed since is told anew, and that all is well only where it was told otherwise", () => {
    const held = run({ status: "awaiting_review" });
    const asked = run({ tells: note([held])?.tells ?? [] });
    const edited = { ...held, status: "sent" as const, editedText: "Tuesday" };
    expect(note([edited, asked])?.text).toContain('The contact read: "Tuesday"');
    expect(note([{ ...held, status: "sent" }, asked])?.text).toBe(
      `Your answer to "${held.question}" was sent after all, as you wrote it.`,
    );
  });
});
