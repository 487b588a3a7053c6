import { createHash } from "node:crypto";
import { encodeTime, monotonicFactory, TIME_MAX } from "ulid";

const prefixes = {
  account: "acc",
  login: "lgn",
  poller: "plr",
  lease: "lse",
  conversation: "cnv",
  message: "msg",
  run: "run",
  turn: "trn",
  job: "job",
  chunk: "chk",
  audit: "aud",
  deadJob: "dead",
  policy: "pol",
  rescanLink: "rsl",
  user: "usr",
  token: "tok",
} as const;

export type IdKind = keyof typeof prefixes;

/** Makes a prefixed ULID; ids of one process rise in the order they were made. */
export type NewId = (kind: IdKind) => string;

export function idMaker(now: () => Date): NewId {
  const ulid = monotonicFactory();
  return (kind) => `${prefixes[kind]}_${ulid(now().getTime())}`;
}

/**
 * With what ids that were made at this time go on behind their prefix, so that a time bounds them;
 * one that no id can have becomes the nearest that one can.
 */
export function timeOfId(at: Date): string {
  return encodeTime(Math.min(Math.max(0, at.getTime()), TIME_MAX), 10);
}

/**
 * The id of the conversation of one account with one contact. It follows from the two, so that
 * whoever stores a message knows where it belongs without asking the database.
 */
export function conversationIdOf(accountId: string, userId: string): string {
  const digest = createHash("sha256").update(`${accountId}\n${userId}`).digest();
  return `${prefixes.conversation}_${crockford(digest.subarray(0, 16))}`;
}

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

function crockford(bytes: Uint8Array): string {
  let rest = BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
  let text = "";
  for (let place = 0; place < 26; place++) {
    text = alphabet.charAt(Number(rest % 32n)) + text;
    rest /= 32n;
  }
  return text;
}
