export interface TranscriptMessage {
  id: number;
  role: "user" | "assistant";
  content: string;
  /** Milliseconds since the epoch. */
  at: number;
  finishReason: string | null;
}

/** The session database: it outlives a restart, as Hermes' own does. */
export class Transcripts {
  readonly #sessions = new Map<string, TranscriptMessage[]>();
  readonly #now: () => number;
  #lastId = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The messages of a session, oldest first; null when Hermes never saw that id. */
  find(profile: string | null, sessionId: string): TranscriptMessage[] | null {
    const messages = this.#sessions.get(keyOf(profile, sessionId));
    return messages ? [...messages] : null;
  }

  append(
    profile: string | null,
    sessionId: string,
    message: Pick<TranscriptMessage, "role" | "content" | "finishReason">,
  ): TranscriptMessage {
    const key = keyOf(profile, sessionId);
    const messages = this.#sessions.get(key) ?? [];
    this.#lastId += 1;
    const kept = { id: this.#lastId, at: this.#now(), ...message };
    messages.push(kept);
    this.#sessions.set(key, messages);
    return kept;
  }

  /** Takes a message back; a session without any is unknown again. */
  remove(profile: string | null, sessionId: string, { id }: TranscriptMessage): void {
    const key = keyOf(profile, sessionId);
    const left = (this.#sessions.get(key) ?? []).filter((message) => message.id !== id);
    if (left.length === 0) this.#sessions.delete(key);
    else this.#sessions.set(key, left);
  }

  /** Every session with its number of messages, in the order of their first one. */
  list(): { profile: string | null; sessionId: string; messages: number }[] {
    return [...this.#sessions].map(([key, messages]) => {
      const [profile, sessionId] = splitKey(key);
      return { profile, sessionId, messages: messages.length };
    });
  }
}

// A profile name has no slash, so the first one parts it from the session id.
function keyOf(profile: string | null, sessionId: string): string {
  return `${profile ?? ""}/${sessionId}`;
}

function splitKey(key: string): [string | null, string] {
  const slash = key.indexOf("/");
  return [slash === 0 ? null : key.slice(0, slash), key.slice(slash + 1)];
}
