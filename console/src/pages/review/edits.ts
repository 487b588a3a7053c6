import { keptWords } from "#console/parts/kept-words.ts";

/** Words that a reviewer wrote and did not send yet, by run. */
const edits = keptWords("draft");

export function editOf(runId: string): string | undefined {
  return edits.get(runId) ?? undefined;
}

export function keepEdit(runId: string, text: string): void {
  edits.keep(runId, text);
}

/** It was sent, or the draft is over. */
export function forgetEdit(runId: string): void {
  edits.forget(runId);
}
