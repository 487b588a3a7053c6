import { Logger } from "@aws-lambda-powertools/logger";
import { errorName } from "#core/shared/errors.ts";

/** What a log line may carry: ids, codes, counts and times. Never tokens, never message text. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export type Log = {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields, error?: unknown): void;
  warn(event: string, fields?: LogFields, error?: unknown): void;
  error(event: string, fields?: LogFields, error?: unknown): void;
};

/** One JSON line per event; `event` is `noun.past`. Of an error only class, code and stack are kept. */
export function createLog(options: {
  service: string;
  level: "DEBUG" | "INFO" | "WARN" | "ERROR";
}): Log {
  const logger = new Logger({ serviceName: options.service, logLevel: options.level });
  const withError = (fields: LogFields, error: unknown) =>
    error === undefined ? { ...fields } : { ...fields, ...errorFields(error) };
  return {
    debug: (event, fields = {}) => logger.debug(event, { ...fields }),
    info: (event, fields = {}, error) => logger.info(event, withError(fields, error)),
    warn: (event, fields = {}, error) => logger.warn(event, withError(fields, error)),
    error: (event, fields = {}, error) => logger.error(event, withError(fields, error)),
  };
}

/**
 * The free text of foreign errors may quote what was sent (a duplicate key, a URL with a token), so
 * only the place in the code is kept of it.
 */
function errorFields(error: unknown): LogFields {
  const names: string[] = [];
  for (let at: unknown = error; at !== undefined && names.length < 5; at = causeOf(at)) {
    names.push(errorName(at));
  }
  return { error: names.join(" < "), at: error instanceof Error ? places(error) : undefined };
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

function places(error: Error): string | undefined {
  const lines = error.stack?.split("\n").filter((line) => /^\s+at /.test(line));
  return lines
    ?.slice(0, 6)
    .map((line) => line.trim())
    .join(" | ");
}
