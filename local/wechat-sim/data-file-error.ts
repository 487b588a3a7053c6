export type DataFileErrorCode =
  | "data-file.damaged"
  | "data-file.other-format"
  | "data-file.unreadable"
  | "data-file.unwritten";

/** The file that keeps the simulator's data cannot be used; the message says what to do. */
export class DataFileError extends Error {
  readonly code: DataFileErrorCode;

  constructor(code: DataFileErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DataFileError";
    this.code = code;
  }
}
