import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { z } from "zod";

export type FastifyRequest = { raw: IncomingMessage; body: unknown };

/** What we use of a Fastify instance. */
export type FastifyLike = {
  addHook: (
    name: "onRequest" | "preHandler" | "onSend",
    hook: (request: FastifyRequest, reply: unknown, payload?: unknown) => Promise<void>,
  ) => unknown;
  inject: (request: {
    method: "POST";
    url: string;
    headers: Record<string, string>;
    payload: string;
  }) => Promise<{ statusCode: number }>;
};

const Initialised = z.object({
  fastify: z.custom<FastifyLike>(
    (value) =>
      typeof value === "function" ||
      (typeof value === "object" && value !== null && "addHook" in value),
  ),
});

/**
 * Runs a function that makes a Fastify server of its own, and hands out that server before it
 * listens: Fastify announces every instance on a diagnostics channel, meant for adding hooks.
 */
export function withFastify<T>(make: () => T, prepare: (fastify: FastifyLike) => void): T {
  const onInitialised = (message: unknown) => prepare(Initialised.parse(message).fastify);
  subscribe("fastify.initialization", onInitialised);
  try {
    return make();
  } finally {
    unsubscribe("fastify.initialization", onInitialised);
  }
}
