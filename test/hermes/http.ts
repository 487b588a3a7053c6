import { z } from "zod";
import type { HermesUnderTest } from "./hermes-under-test.ts";

export type Answer = {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body; undefined when it is no JSON. */
  json: unknown;
};

export type CallOptions = {
  method?: string;
  headers?: Record<string, string>;
  /** A string or a stream goes out as it is, anything else as JSON. */
  body?: unknown;
  /** Null sends none. */
  key?: string | null;
  signal?: AbortSignal;
};

type Hermes = Pick<HermesUnderTest, "url" | "apiKey">;

/** One plain HTTP call, with the right key unless told otherwise. */
export async function call(
  hermes: Hermes,
  path: string,
  options: CallOptions = {},
): Promise<Answer> {
  const { method, headers, body, key = hermes.apiKey, signal } = options;
  const response = await fetch(hermes.url + path, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    redirect: "manual",
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...bodyInit(body),
    ...(signal ? { signal } : {}),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parse(text) };
}

/** Asks one question over chat. */
export function ask(
  hermes: Hermes,
  text: string,
  headers: Record<string, string> = {},
  options: CallOptions = {},
): Promise<Answer> {
  const body = { model: "hermes-agent", messages: [{ role: "user", content: text }] };
  return call(hermes, "/v1/chat/completions", { body, headers, ...options });
}

export function session(id: string): Record<string, string> {
  return { "x-hermes-session-id": id };
}

/** The words of a chat answer. */
export function contentOf({ json }: Answer): string {
  const message = z.object({ content: z.string() });
  return z.object({ choices: z.tuple([z.object({ message })]) }).parse(json).choices[0].message
    .content;
}

function bodyInit(body: unknown): RequestInit {
  if (body === undefined) return {};
  if (body instanceof ReadableStream) return { body, duplex: "half" };
  return { body: typeof body === "string" ? body : JSON.stringify(body) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
