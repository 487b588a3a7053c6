import { z } from "zod";

import type { TranscriptMessage } from "./transcripts.ts";

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
    error: z.string().default("Response remained truncated after 4 continuation attempts"),
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
  /** What the transcript keeps behind the question. */
  remembered: RememberedMessage[];
}

export type RememberedMessage = Pick<TranscriptMessage, "role" | "content" | "finishReason">;

/** The agent itself broke: chat answers 500, a run fails. */
export class AgentException extends Error {
  override readonly name = "AgentException";
}

/** No agent could be made, so that not even the question is kept. */
export class NoProvider extends AgentException {
  constructor() {
    super(NO_PROVIDER_TEXT);
  }
}

/** Tokens as far as Hermes counts them: none for a turn that failed or stayed cut off. */
export function tokensOf(result: AgentResult): { input: number; output: number; total: number } {
  const { finalResponse, failed, partial, isProviderAuthFailure } = result;
  if (failed || partial || isProviderAuthFailure) return { input: 0, output: 0, total: 0 };
  const output = Math.ceil(finalResponse.length / 4);
  return { input: 900, output, total: 900 + output };
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
      return partial(turn.text, turn.error);
    case "budget-stop":
      return unclean({
        finalResponse: turn.text,
        remembered: [nudge(BUDGET_NUDGE), said(turn.text, null)],
      });
    case "no-reply":
      return { ...clean(NO_REPLY_TEXT), remembered: [said("(empty)", null)] };
    case "provider-auth":
      return { ...clean(PROVIDER_AUTH_TEXT), isProviderAuthFailure: true, remembered: [] };
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
  "⚠️ No reply: the model returned empty content after retries and any fallback providers. " +
  "Try `continue`, switch model/provider, or inspect the tool output above.";
const NO_PROVIDER_TEXT =
  "No LLM provider configured. Run `hermes model` to select a provider, or run `hermes setup` for " +
  "first-time configuration.";
const PROVIDER_AUTH_TEXT =
  "⚠️ Provider authentication failed: no API key is configured for the selected provider";
const PIECES = 4;
const CONTINUE_NUDGE =
  "[System: Your previous response was truncated by the output length limit. Continue exactly " +
  "where you left off. Do not restart or repeat prior text. Finish the answer directly.]";
const BUDGET_NUDGE =
  "You've reached the maximum number of tool-calling iterations allowed. Please provide a final " +
  "response summarizing what you've found and accomplished so far, without calling any more tools.";
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
    remembered: text === "" ? [] : [said(text, "stop")],
  };
}

function unclean(fields: Partial<AgentResult>): AgentResult {
  return { ...clean(fields.finalResponse ?? ""), completed: false, ...fields };
}

// A failed turn leaves only the question behind, which the next turn of the session then repeats.
function failed(text: string, error: string | null): AgentResult {
  return unclean({ finalResponse: text, failed: true, error, remembered: [] });
}

// The model is asked to go on three times, so the transcript keeps four pieces and what drove it.
function partial(text: string, error: string): AgentResult {
  const length = Math.ceil(text.length / PIECES);
  const remembered = Array.from({ length: PIECES }, (_, index) => {
    const piece = said(text.slice(index * length, (index + 1) * length), "length");
    return index === 0 ? [piece] : [nudge(CONTINUE_NUDGE), piece];
  });
  return unclean({ finalResponse: text, partial: true, error, remembered: remembered.flat() });
}

function said(content: string, finishReason: string | null): RememberedMessage {
  return { role: "assistant", content, finishReason };
}

// Hermes drives its model on in the user's name.
function nudge(content: string): RememberedMessage {
  return { role: "user", content, finishReason: null };
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
