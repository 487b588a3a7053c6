import type { FullTurn } from "./turns.ts";

/** Which turns a script is for; all that is given must hold. */
export interface ScriptMatch {
  sessionId?: string | undefined;
  textIncludes?: string | undefined;
  /** How many turns it serves; 1 unless said. */
  times?: number | undefined;
}

export interface Script extends ScriptMatch {
  turn: FullTurn;
  timesLeft: number;
}

/** Turns laid out beforehand; the oldest that fits is taken first. */
export class Scripts {
  readonly #waiting: Script[] = [];

  add(turn: FullTurn, match: ScriptMatch): void {
    this.#waiting.push({ ...match, turn, timesLeft: match.times ?? 1 });
  }

  take(request: { sessionId: string; text: string }): FullTurn | null {
    const index = this.#waiting.findIndex(
      ({ sessionId, textIncludes }) =>
        (sessionId === undefined || sessionId === request.sessionId) &&
        (textIncludes === undefined || request.text.includes(textIncludes)),
    );
    const script = this.#waiting[index];
    if (!script) return null;
    script.timesLeft -= 1;
    if (script.timesLeft <= 0) this.#waiting.splice(index, 1);
    return script.turn;
  }

  list(): Script[] {
    return this.#waiting.map((script) => ({ ...script }));
  }

  clear(): void {
    this.#waiting.length = 0;
  }
}
