/** Words that a reviewer wrote and did not send yet, by run; kept while the tab lives. */
const edits = new Map<string, string>();

export function editOf(runId: string): string | undefined {
  return edits.get(runId);
}

export function keepEdit(runId: string, text: string): void {
  edits.set(runId, text);
}

/** It was sent, or the draft is over. */
export function forgetEdit(runId: string): void {
  edits.delete(runId);
}
