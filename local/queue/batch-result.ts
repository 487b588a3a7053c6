import { z } from "zod";
import type { InvocationResult } from "#local/lambda/function-pool.ts";

const BatchResponse = z.object({
  batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish(),
});

/**
 * Which messages stay in the queue. As Lambda reads it: no answer and no failures mean success;
 * a function error, an answer of another shape or an unknown id fail the whole batch.
 */
export function failedMessageIds(
  result: InvocationResult,
  messageIds: readonly string[],
): { ids: Set<string>; reason: string } {
  if (result.functionError !== undefined) {
    const { errorType, errorMessage } = result.functionError;
    return { ids: new Set(messageIds), reason: `${errorType}: ${errorMessage}` };
  }
  const { payload } = result;
  if (payload === null || payload === "") return { ids: new Set(), reason: "" };
  const parsed = BatchResponse.safeParse(payload);
  if (!parsed.success) return { ids: new Set(messageIds), reason: "the answer is malformed" };
  const failed = (parsed.data.batchItemFailures ?? []).map((item) => item.itemIdentifier);
  const unknown = failed.filter((id) => !messageIds.includes(id));
  if (unknown.length > 0)
    return { ids: new Set(messageIds), reason: "the answer names an unknown id" };
  return { ids: new Set(failed), reason: "reported by the function" };
}
