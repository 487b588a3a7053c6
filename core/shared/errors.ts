/**
 * The hub's own errors. A remote's "no" and a remote's silence have their classes beside the
 * clients (`core/wechat`, `core/hermes`); anything that is none of these is a bug.
 */
export abstract class HubError extends Error {
  /** `noun.reason`, for programs; never changes once published. */
  readonly code: string;
  /** Safe to log and to show: ids and codes, never tokens, URLs or message text. */
  readonly details: Record<string, string | number | boolean | null>;

  constructor(
    code: string,
    message: string,
    details: Record<string, string | number | boolean | null> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.details = details;
  }
}

/** The person or program that called did something that cannot be done; nothing was changed. */
export class RequestError extends HubError {
  readonly reason:
    | "invalid"
    | "not_found"
    | "conflict"
    | "unauthorized"
    | "forbidden"
    | "too_many"
    | "too_large";
  /** The next step for whoever reads it, where the message does not say it. */
  readonly whatToDo: string | undefined;

  constructor(
    reason: RequestError["reason"],
    code: string,
    message: string,
    details: HubError["details"] = {},
    options?: ErrorOptions & { whatToDo?: string },
  ) {
    super(code, message, details, options);
    this.reason = reason;
    this.whatToDo = options?.whatToDo;
  }
}

/** A setting is wrong or missing; the function must not start. */
export class SettingsError extends HubError {}

/** What was to be done must be tried again after `afterSeconds`; the state in the database is sound. */
export class TryLaterError extends HubError {
  readonly afterSeconds: number;

  constructor(
    code: string,
    message: string,
    afterSeconds: number,
    details: HubError["details"] = {},
    options?: ErrorOptions,
  ) {
    super(code, message, details, options);
    this.afterSeconds = afterSeconds;
  }
}

/** Somebody else holds now what this worker held; it must stop and write nothing more. */
export class LeaseLostError extends HubError {}

/** A bug of ours: a state that the code says cannot be. */
export class InvariantError extends HubError {}

/** A short text for a log line or a record: class and code of the error, never its free text. */
export function errorName(error: unknown): string {
  if (error instanceof HubError) return `${error.name}(${error.code})`;
  if (error instanceof Error) {
    const code = "code" in error ? error.code : undefined;
    return typeof code === "string" || typeof code === "number"
      ? `${error.name}(${code})`
      : error.name;
  }
  return typeof error;
}
