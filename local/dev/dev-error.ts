export type DevErrorCode =
  | "dev.option_wrong"
  | "dev.settings_wrong"
  | "dev.port_taken"
  | "dev.runs_already"
  | "dev.data_newer"
  | "dev.data_no_sample"
  | "dev.database_no_sample"
  | "dev.data_of_other_database"
  | "dev.data_damaged"
  | "dev.database_unusable";

/** `npm run dev` cannot start; the message says why and what to do, for the one who typed it. */
export class DevError extends Error {
  readonly code: DevErrorCode;

  constructor(code: DevErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DevError";
    this.code = code;
  }
}
