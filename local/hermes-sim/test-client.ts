import { onTestFinished } from "vitest";
import { z } from "zod";

import { startHermesSim, type HermesSim, type HermesSimOptions } from "./server.ts";

/** Starts a stand-in that stops by itself when the test is over. */
export async function startSim(options: HermesSimOptions = {}): Promise<HermesSim> {
  const sim = await startHermesSim(options);
  onTestFinished(() => sim.stop());
  return sim;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body; undefined when it is no JSON. */
  json: unknown;
}

export interface CallOptions {
  method?: string;
  headers?: Record<string, string>;
  /** A string goes out as it is, anything else as JSON. */
  body?: unknown;
  /** Null sends none. */
  key?: string | null;
  signal?: AbortSignal;
  /** Where to; the stand-in's own port unless said. */
  base?: string;
}

/** One HTTP call with the right key unless told otherwise; redirects are not followed. */
export async function call(
  sim: HermesSim,
  path: string,
  options: CallOptions = {},
): Promise<Answer> {
  const { method, headers, body, key = sim.apiKey, signal, base = sim.url } = options;
  const response = await fetch(`${base}${path}`, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    redirect: "manual",
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parse(text) };
}

/** Asks one question over chat. */
export function ask(
  sim: HermesSim,
  text: string,
  headers: Record<string, string> = {},
  options: CallOptions = {},
): Promise<Answer> {
  const body = { model: "hermes-agent", messages: [{ role: "user", content: text }] };
  return call(sim, "/v1/chat/completions", { body, headers, ...options });
}

/** Starts a run and gives its id. */
export async function startRun(
  sim: HermesSim,
  input: string,
  options: { headers?: Record<string, string>; sessionId?: string } = {},
): Promise<string> {
  const { headers = {}, sessionId } = options;
  const body = { input, ...(sessionId === undefined ? {} : { session_id: sessionId }) };
  const { json } = await call(sim, "/v1/runs", { body, headers });
  return z.object({ run_id: z.string() }).parse(json).run_id;
}

/** The words of a chat answer. */
export function contentOf({ json }: Answer): string {
  const message = z.object({ content: z.string() });
  const schema = z.object({ choices: z.tuple([z.object({ message })]) });
  return schema.parse(json).choices[0].message.content;
}

/** The code of a refused or broken connection, such as ECONNREFUSED. */
export async function failureOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    return z.object({ code: z.string() }).parse(cause).code;
  }
  throw new Error("The call did not fail.");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
