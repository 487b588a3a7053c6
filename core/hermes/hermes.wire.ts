import { z } from "zod";

/** Absent, null or of another shape than we know: all read as absent (versions differ, reference/hermes.md 0). */
function maybe<S extends z.ZodType>(schema: S) {
  return schema.optional().catch(undefined);
}

const text = z.string();
const flag = z.boolean();
const number = z.number();
const anything = z.unknown().optional();

export const JsonObject = z.record(z.string(), z.unknown());
export type JsonObject = z.infer<typeof JsonObject>;

export const ErrorBody = z.object({ message: maybe(text), code: maybe(text) });

/** Some routes answer a bare string as `error` (reference/hermes.md 1.7). */
export const ErrorEnvelope = z.object({
  error: z.union([ErrorBody, text.transform((message) => ({ message, code: undefined }))]),
});

/** How clean a turn was; only there when it was not (reference/hermes.md 1.2). */
const TurnNotes = z.object({
  completed: maybe(flag),
  partial: maybe(flag),
  failed: maybe(flag),
});

export const ChatCompletion = z.object({
  id: maybe(text),
  choices: z
    .array(z.object({ message: z.object({ content: anything }), finish_reason: maybe(text) }))
    .min(1),
  usage: maybe(JsonObject),
  hermes: maybe(TurnNotes),
});

export const Health = z.object({
  status: text,
  platform: maybe(text),
  version: maybe(text),
});

export const ModelList = z.object({ data: z.array(z.object({ id: maybe(text) })) });

export const Capabilities = z.object({
  features: maybe(
    z.object({
      runs_idempotency: maybe(
        z.object({
          supported: maybe(flag),
          durable: maybe(flag),
          retention_seconds: maybe(number),
        }),
      ),
    }),
  ),
});

export const RunStarted = z.object({
  run_id: z.string().min(1),
  status: maybe(text),
  replayed: maybe(flag),
});

export const RunState = z.object({
  run_id: maybe(text),
  status: text,
  output: anything,
  error: anything,
  usage: maybe(JsonObject),
  partial: maybe(flag),
  completed: maybe(flag),
  last_event: maybe(text),
});

export const RunStopped = z.object({ status: maybe(text) });

export const SessionMessage = z.object({
  role: text,
  content: anything,
  finish_reason: maybe(text),
});

export const SessionMessages = z.object({ data: z.array(z.unknown()) });
