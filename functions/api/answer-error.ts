import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { Log } from "#core/telemetry/log.ts";
import type { Measure } from "#core/telemetry/measure.ts";
import { RequestError } from "#core/shared/errors.ts";
import { WechatRefusedError, WechatUnreachableError } from "#core/wechat/wechat.errors.ts";

type Status = 400 | 401 | 403 | 404 | 409 | 413 | 429 | 500 | 502;
type Problem = { code: string; message: string; whatToDo: string };

const statusOf = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  too_many: 429,
} as const satisfies Record<RequestError["reason"], Status>;

/** The next step where the error itself names none. */
const whatToDo: Record<RequestError["reason"], string> = {
  invalid: "Correct it as described in /api/openapi.json and send it again.",
  unauthorized: "Sign in, or send a token as `Authorization: Bearer …`.",
  forbidden: "Ask an owner to do it or to change your role.",
  not_found: "Look at the list again; it may be gone or belong to bots that you may not see.",
  conflict: "Look at its present state and decide again.",
  too_large: "Send less at once.",
  too_many: "Wait a while and try again.",
};

/** What a program and a person read when a request failed; a fault of ours is logged with its id. */
export function answerError(deps: { log: Log; measure: Measure }, c: Context, error: Error) {
  if (error instanceof RequestError) {
    const { code, message } = error;
    const next = error.whatToDo ?? whatToDo[error.reason];
    return problem(c, statusOf[error.reason], { code, message, whatToDo: next });
  }
  if (error instanceof HTTPException && error.status < 500) return answerHttp(c, error);
  if (error instanceof WechatRefusedError) {
    deps.log.warn("api.wechat_refused", { method: error.method, code: error.code });
    return problem(c, 502, {
      code: "wechat.refused",
      message: `WeChat said no (code ${error.code}).`,
      whatToDo: "Try again later.",
    });
  }
  if (error instanceof WechatUnreachableError) {
    deps.log.warn("api.wechat_unreachable", { method: error.method, kind: error.kind });
    return problem(c, 502, {
      code: "wechat.unreachable",
      message: "WeChat did not answer.",
      whatToDo: "Try again in a minute.",
    });
  }
  deps.measure.count("ApiFailures");
  deps.log.error("api.failed", { path: c.req.routePath, requestId: requestId(c) }, error);
  return problem(c, 500, {
    code: "hub.fault",
    message: "The hub made a mistake; it may have done part of it.",
    whatToDo: "Look again, and give the request id to whoever runs the hub.",
  });
}

/** One error in the one shape. */
export function problem(c: Context, status: Status, { code, message, whatToDo: next }: Problem) {
  return c.json({ error: { code, message, whatToDo: next, requestId: requestId(c) } }, status);
}

/** What Hono itself refuses: a body that is too large or no JSON. */
function answerHttp(c: Context, error: HTTPException) {
  const reason = error.status === 413 ? "too_large" : "invalid";
  return problem(c, statusOf[reason], {
    code: `request.${reason}`,
    message: "The request cannot be read; nothing was changed.",
    whatToDo: whatToDo[reason],
  });
}

/** Of requests that came without one: what is logged and what is answered name the same. */
const made = new WeakMap<Request, string>();

function requestId({ req }: Context): string {
  const known = req.header("x-amzn-trace-id") ?? made.get(req.raw);
  if (known !== undefined) return known;
  const id = crypto.randomUUID();
  made.set(req.raw, id);
  return id;
}
