import type { z } from "zod";
import type { Log } from "#core/telemetry/log.ts";

/**
 * Reads what was found one by one: a document that nobody can read is named in the log and passed
 * over, so that it does not keep the others from their work.
 */
export function readEach<T>(
  schema: z.ZodType<T>,
  found: readonly { _id: unknown }[],
  log: Pick<Log, "error">,
): T[] {
  return found.flatMap((document) => {
    const read = schema.safeParse(document);
    if (read.success) return [read.data];
    log.error("document.unreadable", { id: String(document._id) }, read.error);
    return [];
  });
}
