import { z } from "zod";
import type { Meter } from "#local/meter/meter.ts";
import type { FastifyLike, FastifyRequest } from "./fastify-hooks.ts";

const SqsBody = z.looseObject({
  QueueUrl: z.string(),
  VisibilityTimeout: z.number().optional(),
  Entries: z.array(z.looseObject({ VisibilityTimeout: z.number().optional() })).optional(),
});
const Received = z.object({ Messages: z.array(z.object({ ReceiptHandle: z.string() })) });

/** Marks our own request, which no meter counts. */
const RELEASE_HEADER = "x-hub-release";
const VISIBLE_AT_ONCE_SECONDS = 0.001;

/** Counts the requests, and mends three things of fauxqs 2.4.1 that would mislead a story. */
export function addFauxqsHooks(fastify: FastifyLike, meter: Meter | undefined): void {
  fastify.addHook("onRequest", onlyFromHere);
  fastify.addHook("onRequest", async ({ raw }) => {
    if (raw.headers[RELEASE_HEADER] === undefined) meter?.queueRequest(actionOf(raw.headers));
  });
  fastify.addHook("preHandler", replaceZeroVisibility);
  fastify.addHook("onSend", async (request, _reply, payload) => {
    if (request.raw.socket.destroyed) await releaseUnreceived(fastify, request, payload);
  });
}

/** It listens on every interface; nobody but this machine has business here. */
async function onlyFromHere({ raw }: FastifyRequest): Promise<void> {
  const address = raw.socket.remoteAddress ?? "";
  const isLocal = address === "::1" || /^(::ffff:)?127\./.test(address);
  if (!isLocal) raw.socket.destroy();
}

/** With a data folder, a visibility of 0 fails and loses the message: its update breaks a constraint. */
async function replaceZeroVisibility({ body, raw }: FastifyRequest): Promise<void> {
  if (!actionOf(raw.headers).startsWith("ChangeMessageVisibility")) return;
  if (typeof body !== "object" || body === null) return;
  const { VisibilityTimeout, Entries } = SqsBody.parse(body);
  if (VisibilityTimeout === 0) Object.assign(body, { VisibilityTimeout: VISIBLE_AT_ONCE_SECONDS });
  if (Entries === undefined) return;
  const replaced = Entries.map((entry) =>
    entry.VisibilityTimeout === 0
      ? { ...entry, VisibilityTimeout: VISIBLE_AT_ONCE_SECONDS }
      : entry,
  );
  Object.assign(body, { Entries: replaced });
}

/**
 * A long poll that its client left still takes the next message, which nobody would see until its
 * visibility ends. It goes back at once; only its receive count shows it.
 */
async function releaseUnreceived(
  fastify: FastifyLike,
  { raw, body }: FastifyRequest,
  payload: unknown,
): Promise<void> {
  if (actionOf(raw.headers) !== "ReceiveMessage" || typeof payload !== "string") return;
  const received = Received.safeParse(JSON.parse(payload));
  if (!received.success) return;
  const entries = received.data.Messages.map(({ ReceiptHandle }, index) => ({
    Id: `${index}`,
    ReceiptHandle,
    VisibilityTimeout: 0,
  }));
  await fastify.inject({
    method: "POST",
    url: "/",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": "AmazonSQS.ChangeMessageVisibilityBatch",
      [RELEASE_HEADER]: "1",
    },
    payload: JSON.stringify({ QueueUrl: SqsBody.parse(body).QueueUrl, Entries: entries }),
  });
}

function actionOf(headers: FastifyRequest["raw"]["headers"]): string {
  return String(headers["x-amz-target"] ?? "unknown").replace("AmazonSQS.", "");
}
