export type LocalDatabaseErrorCode =
  | "database.uri_invalid"
  | "database.start_failed"
  | "database.python_missing"
  | "database.install_failed";

/** No database could be had; the message says why and what to do next. */
export class LocalDatabaseError extends Error {
  readonly code: LocalDatabaseErrorCode;

  constructor(code: LocalDatabaseErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "LocalDatabaseError";
    this.code = code;
  }
}
