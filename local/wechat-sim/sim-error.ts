export type SimErrorCode = "bad-input" | "not-found" | "conflict";

/** The simulator's own control was used wrongly; nothing has changed. */
export class SimError extends Error {
  readonly code: SimErrorCode;

  constructor(code: SimErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SimError";
    this.code = code;
  }
}
