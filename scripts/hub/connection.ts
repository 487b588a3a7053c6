import { DetailedError, hc } from "hono/client";
import { z } from "zod";
import type { Api } from "#functions/api/app.ts";

const ErrorAnswer = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    whatToDo: z.string(),
    requestId: z.string(),
  }),
});

/** The hub said no; `exitCode` tells programs whether it was for want of rights or of sense. */
export class HubRefusedError extends Error {
  readonly code: string;
  readonly exitCode: number;

  constructor(
    status: number,
    { code, message, whatToDo, requestId }: z.infer<typeof ErrorAnswer>["error"],
  ) {
    super(`${message} ${whatToDo} (${code}, request ${requestId})`);
    this.name = "HubRefusedError";
    this.code = code;
    this.exitCode = status === 401 || status === 403 ? 3 : 1;
  }
}

/** The hub did not answer, or something else answered in its place. */
export class HubUnreachableError extends Error {
  readonly exitCode = 4;

  constructor(url: string, reason: string, options?: ErrorOptions) {
    super(
      `No hub answers at ${url}: ${reason}. Start one with npm run dev, or name yours by --url or HUB_URL.`,
      options,
    );
    this.name = "HubUnreachableError";
  }
}

/** A mistake in what was typed. */
export class UsageError extends Error {
  readonly exitCode = 2;
}

/** The hub answered, and is not well. */
export class FindingsError extends Error {
  readonly exitCode = 5;

  constructor(wrong: number) {
    super(`${wrong} of these ${wrong === 1 ? "is" : "are"} wrong.`);
    this.name = "FindingsError";
  }
}

export type Connection = ReturnType<typeof connect>;

/** The api as the command line uses it; `token` as made in the console or printed by `npm run dev`. */
export function connect({ url, token }: { url: string; token: string }) {
  const { api } = hc<Api>(url, { headers: { authorization: `Bearer ${token}` } });

  /** What `parseResponse` gives. Throws HubRefusedError and HubUnreachableError. */
  async function read<T>(asked: Promise<T>): Promise<T> {
    try {
      return await asked;
    } catch (error) {
      throw whyNot(url, error);
    }
  }

  return { api, read };
}

const Detail = z.object({ data: ErrorAnswer });

function whyNot(url: string, cause: unknown): Error {
  if (!(cause instanceof DetailedError)) {
    const reason = cause instanceof Error ? cause.message : "the connection failed";
    return new HubUnreachableError(url, reason, { cause });
  }
  const status = cause.statusCode ?? 0;
  const detail = Detail.safeParse(cause.detail);
  if (detail.success) return new HubRefusedError(status, detail.data.data.error);
  return new HubUnreachableError(url, `it answers ${status} without saying why`, { cause });
}
