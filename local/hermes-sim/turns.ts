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
    path: z.string().default("/home/hermes/picture.png"),
    /**
     * Size of the picture behind `path`, which chat then inlines as a data URL; 0 is a file that
     * Hermes cannot inline, so that its `MEDIA:` tag stays in the answer.
     */
    imageBytes: z
      .number()
      .int()
      .min(0)
      .max(5 * 1024 * 1024)
      .default(70),
    delayMs,
  }),
  z.strictObject({
    kind: z.literal("approval"),
    command: z.string().default("rm -rf ./build"),
    approvedText: z.string().default("Done, the folder is gone."),
    deniedText: z.string().default("I left the folder as it is, because the command was denied."),
    /** No decision in time counts as a denial. */
    timeoutMs: z.number().int().min(0).default(300_000),
    delayMs,
  }),
]);

/** One way a turn can go, with its defaults still left out. */
export type Turn = z.input<typeof turnSchema>;
export type FullTurn = z.output<typeof turnSchema>;
export type ApprovalTurn = Extract<FullTurn, { kind: "approval" }>;

/** What the agent hands to the endpoint that ran it. */
export interface AgentResult {
  finalResponse: string;
  completed: boolean;
  partial: boolean;
  failed: boolean;
  error: string | null;
  /** A tag in the text and the markdown that chat puts in its place. */
  media: { tag: string; markdown: string } | null;
  /** No credentials for the model: chat hides it behind a text, a run fails by it. */
  isProviderAuthFailure: boolean;
  /** What the transcript keeps of the answer; null where it keeps nothing. */
  remembered: string | null;
}

/** The agent itself broke: chat answers 500, a run fails. */
export class AgentException extends Error {
  override readonly name = "AgentException";
}

/** Turns a scripted turn into the agent's result; throws AgentException for `exception`. */
export function resultOf(turn: Exclude<FullTurn, ApprovalTurn>): AgentResult {
  switch (turn.kind) {
    case "ok":
    case "empty":
      return clean(turn.text);
    case "failed-with-text":
      return failed(turn.text, turn.error ?? turn.text.replace(RETRIES_PREFIX, ""));
    case "failed-without-text":
      return failed("", turn.error);
    case "partial":
      return unclean({ finalResponse: turn.text, partial: true, error: turn.error });
    case "budget-stop":
      return unclean({ finalResponse: turn.text });
    case "no-reply":
      return { ...clean(NO_REPLY_TEXT), remembered: "(empty)" };
    case "provider-auth":
      return { ...clean(PROVIDER_AUTH_TEXT), isProviderAuthFailure: true, remembered: null };
    case "session-busy":
      return clean(SESSION_BUSY_TEXTS[turn.wording]);
    case "long":
      return clean(longText(turn.characters));
    case "exception":
      throw new AgentException(turn.message);
    case "media":
    default:
      return withMedia(turn.text, turn.path, turn.imageBytes);
  }
}

const RETRIES_PREFIX = "API call failed after 3 retries: ";
const NO_REPLY_TEXT =
  "⚠️ No reply: the model returned empty content after retries and any fallback providers.";
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
    media: null,
    isProviderAuthFailure: false,
    remembered: text === "" ? null : text,
  };
}

function unclean(fields: Partial<AgentResult>): AgentResult {
  return { ...clean(fields.finalResponse ?? ""), completed: false, ...fields };
}

// A failed turn leaves only the question behind, which the next turn of the session then repeats.
function failed(text: string, error: string | null): AgentResult {
  return unclean({ finalResponse: text, failed: true, error, remembered: null });
}

function longText(characters: number): string {
  const paragraph =
    "Every paragraph of this long answer says the same, so that its length counts.\n\n";
  return paragraph.repeat(Math.ceil(characters / paragraph.length)).slice(0, characters);
}

function withMedia(text: string, path: string, imageBytes: number): AgentResult {
  const tag = `MEDIA:${path}`;
  const result = clean(`${text}\n${tag}`);
  if (imageBytes === 0) return result;
  // Picture readers ignore what follows the end of a PNG, so zeros make up the size.
  const padding = Buffer.alloc(Math.max(0, imageBytes - ONE_PIXEL_PNG.length));
  const base64 = Buffer.concat([ONE_PIXEL_PNG, padding]).toString("base64");
  return { ...result, media: { tag, markdown: `![image](data:image/png;base64,${base64})` } };
}

const ONE_PIXEL_PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
