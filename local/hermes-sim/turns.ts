import { z } from "zod";

const delayMs = z.number().int().min(0).optional();

/**
 * How one turn of the agent goes; all the endings of reference/hermes.md 4.7. `delayMs` is how long
 * the agent works first.
 */
export const turnSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("ok"), text: z.string(), delayMs }),
  z.strictObject({
    kind: z.literal("failed-with-text"),
    text: z.string().min(1).default("API call failed after 3 retries: HTTP 429: Too Many Requests"),
    error: z.string().optional(),
    delayMs,
  }),
  z.strictObject({
    kind: z.literal("failed-without-text"),
    error: z.string().nullable().default("HTTP 500: upstream model unavailable"),
    delayMs,
  }),
  z.strictObject({
    kind: z.literal("partial"),
    text: z.string().default("The first half of the answer"),
    error: z.string().default("Response truncated due to output length limit"),
    delayMs,
  }),
  z.strictObject({
    kind: z.literal("budget-stop"),
    text: z.string().default("I reached the limit of my steps. So far: the files are listed."),
    delayMs,
  }),
  z.strictObject({ kind: z.literal("empty"), text: z.string().default(""), delayMs }),
  z.strictObject({ kind: z.literal("no-reply"), delayMs }),
  z.strictObject({ kind: z.literal("provider-auth"), delayMs }),
  z.strictObject({
    kind: z.literal("session-busy"),
    wording: z.enum(["kept-busy", "stopped-waiting"]).default("kept-busy"),
    delayMs,
  }),
  z.strictObject({
    kind: z.literal("exception"),
    message: z.string().default("'NoneType' object has no attribute 'run_conversation'"),
    delayMs,
  }),
  z.strictObject({
    kind: z.literal("long"),
    characters: z.number().int().min(1).max(5_000_000).default(20_000),
    delayMs,
  }),
  z.strictObject({
    kind: z.literal("media"),
    text: z.string().default("Here is the picture."),
    /** A file that Hermes could read becomes a data URL; any other tag is left as it is. */
    path: z.string().default("/home/hermes/report.pdf"),
    imageBytes: z
      .number()
      .int()
      .min(0)
      .max(5 * 1024 * 1024)
      .default(0),
    delayMs,
  }),
]);

/** One way a turn can go, with its defaults still left out. */
export type Turn = z.input<typeof turnSchema>;
export type FullTurn = z.output<typeof turnSchema>;

/** What the agent hands to the endpoint that ran it. */
export interface AgentResult {
  finalResponse: string;
  completed: boolean;
  partial: boolean;
  failed: boolean;
  error: string | null;
  /** False where the real agent spends no token at all. */
  isBilled: boolean;
}

/** The agent itself broke: chat answers 500, a run fails. */
export class AgentException extends Error {
  override readonly name = "AgentException";
}

/** Turns a scripted turn into the agent's result; throws AgentException for `exception`. */
export function resultOf(turn: FullTurn): AgentResult {
  switch (turn.kind) {
    case "ok":
    case "empty":
      return clean(turn.text);
    case "failed-with-text":
      return unclean({ finalResponse: turn.text, failed: true, error: turn.error ?? turn.text });
    case "failed-without-text":
      return unclean({ finalResponse: "", failed: true, error: turn.error });
    case "partial":
      return unclean({ finalResponse: turn.text, partial: true, error: turn.error });
    case "budget-stop":
      return unclean({ finalResponse: turn.text });
    case "no-reply":
      return clean(NO_REPLY_TEXT);
    case "provider-auth":
      return { ...clean(PROVIDER_AUTH_TEXT), isBilled: false };
    case "session-busy":
      return { ...clean(SESSION_BUSY_TEXTS[turn.wording]), isBilled: false };
    case "long":
      return clean(longText(turn.characters));
    case "exception":
      throw new AgentException(turn.message);
    case "media":
    default:
      return clean(`${turn.text}\n${mediaTag(turn.path, turn.imageBytes)}`);
  }
}

const NO_REPLY_TEXT =
  "⚠️ No reply: the model returned empty content after retries. Try again or switch the model.";
const PROVIDER_AUTH_TEXT =
  "⚠️ Provider authentication failed: no API key is configured for the selected provider";
const SESSION_BUSY_TEXTS = {
  "kept-busy": "⏳ Another Hermes process kept this session busy. Send the message again.",
  "stopped-waiting": "Stopped waiting for another Hermes process to finish with this session.",
};

function clean(text: string): AgentResult {
  return {
    finalResponse: text,
    completed: true,
    partial: false,
    failed: false,
    error: null,
    isBilled: true,
  };
}

function unclean(fields: Partial<AgentResult>): AgentResult {
  return { ...clean(""), completed: false, ...fields };
}

function longText(characters: number): string {
  const paragraph =
    "Every paragraph of this long answer says the same, so that its length counts.\n\n";
  return paragraph.repeat(Math.ceil(characters / paragraph.length)).slice(0, characters);
}

function mediaTag(path: string, imageBytes: number): string {
  if (imageBytes === 0) return `MEDIA:${path}`;
  return `![image](data:image/png;base64,${Buffer.alloc(imageBytes, 0x89).toString("base64")})`;
}
