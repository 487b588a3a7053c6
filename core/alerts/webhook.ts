import { createHmac } from "node:crypto";
import { request } from "undici";
import { z } from "zod";
import { errorName } from "#core/shared/errors.ts";
import { webhookBody, type Notification } from "./webhook-body.ts";
import { guessKind, type WebhookKind } from "./webhook-kind.ts";

export type Delivery =
  | { status: "accepted" }
  /** `arrived: "no"`: nobody has read it; `"unknown"`: somebody may have. */
  | { status: "failed"; reason: string; arrived: "no" | "unknown" };

export type Webhook = (notification: Notification) => Promise<Delivery>;

export type WebhookOptions = {
  /** Holds the receiver's key, so it is never logged. */
  url: string;
  kind?: WebhookKind | undefined;
  /** With it Feishu's and DingTalk's robots know that a message is ours; the others have no such thing. */
  secret?: string | undefined;
  now: () => Date;
  timeoutMs?: number;
};

const longestAnswer = 4_000;

/** A receiver of notifications. It never throws for what the receiver does: that is a `failed`. */
export function createWebhook(options: WebhookOptions): Webhook {
  const { url, kind, secret, now, timeoutMs = 8_000 } = options;
  const form = kind ?? guessKind(url);
  return async (notification) => {
    try {
      const signed = sign(form, secret, now());
      const response = await request(withQuery(url, signed.query), {
        method: "POST",
        headers: { "content-type": "application/json; charset=utf-8" },
        body: JSON.stringify({ ...signed.fields, ...webhookBody(form, notification) }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      const answer = await beginningOf(response.body);
      return judge(form, response.statusCode, answer);
    } catch (error) {
      const reason = errorName(error);
      return { status: "failed", reason, arrived: isNeverSent(error) ? "no" : "unknown" };
    }
  };
}

/** A receiver may answer without end; what counts stands at the beginning. */
async function beginningOf(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of body) {
    parts.push(part);
    bytes += part.length;
    if (bytes >= longestAnswer) break;
  }
  return Buffer.concat(parts).toString("utf8").slice(0, longestAnswer);
}

type Signed = { query?: Record<string, string>; fields?: Record<string, string> };

/**
 * DingTalk takes milliseconds and the signature in the address; Feishu takes seconds in the body, and
 * its secret is part of the key of an empty text.
 */
function sign(kind: WebhookKind, secret: string | undefined, now: Date): Signed {
  if (secret === undefined) return {};
  if (kind === "dingtalk") {
    const timestamp = String(now.getTime());
    return { query: { timestamp, sign: hmac(secret, `${timestamp}\n${secret}`) } };
  }
  if (kind === "feishu") {
    const timestamp = String(Math.floor(now.getTime() / 1000));
    return { fields: { timestamp, sign: hmac(`${timestamp}\n${secret}`, "") } };
  }
  return {};
}

function hmac(key: string, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64");
}

function withQuery(address: string, query: Record<string, string> = {}): URL {
  const url = new URL(address);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

/** The group robots answer HTTP 200 also when they refuse; the code in the body tells. */
function judge(kind: WebhookKind, httpStatus: number, answer: string): Delivery {
  if (httpStatus < 200 || httpStatus > 299) {
    const arrived = httpStatus >= 500 ? "unknown" : "no";
    return { status: "failed", reason: `http ${httpStatus}`, arrived };
  }
  if (kind === "slack" || kind === "json") return { status: "accepted" };
  const parsed = RobotAnswer.safeParse(jsonOrNull(answer));
  const code = parsed.data && (parsed.data.errcode ?? parsed.data.code ?? parsed.data.StatusCode);
  if (code === 0) return { status: "accepted" };
  if (code === undefined) return { status: "failed", reason: "unreadable", arrived: "unknown" };
  return { status: "failed", reason: `refused ${code}`, arrived: "no" };
}

/** `errcode` at WeCom and DingTalk; `code` at Feishu, `StatusCode` from its older robots. */
const RobotAnswer = z.object({
  errcode: z.number().optional(),
  code: z.number().optional(),
  StatusCode: z.number().optional(),
});

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

const neverSent = ["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "UND_ERR_CONNECT_TIMEOUT"];

function isNeverSent(error: unknown): boolean {
  return error instanceof Error && "code" in error && neverSent.includes(String(error.code));
}
