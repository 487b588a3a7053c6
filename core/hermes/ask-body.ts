export type AskMessage = { role: "system" | "user" | "assistant"; content: string };

/**
 * The bytes of a question, always in the same order: Hermes tells a repeat by its key and the
 * order of the body's fields, so they are made once and stored (reference/hermes.md 3.1).
 */
export function buildAskBody(ask: { model: string; messages: readonly AskMessage[] }): string {
  const messages = ask.messages.map(({ role, content }) => ({ role, content }));
  return JSON.stringify({ model: ask.model, messages, stream: false });
}

/**
 * The bytes of a run, stable as above. `history` is for servers that do not load the session's
 * transcript by themselves (before 0.21, reference/hermes.md 1.5).
 */
export function buildRunBody(run: {
  model: string;
  input: string;
  sessionId: string;
  history?: readonly AskMessage[];
}): string {
  const history = run.history?.map(({ role, content }) => ({ role, content }));
  return JSON.stringify({
    model: run.model,
    input: run.input,
    session_id: run.sessionId,
    ...(history === undefined ? {} : { conversation_history: history }),
  });
}
