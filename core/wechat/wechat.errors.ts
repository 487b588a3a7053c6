import { reactionFor } from "./reactions.ts";

/** WeChat answered no: `ret` or `errcode` was not 0. The code says why, see `reactionFor`. */
export class WechatRefusedError extends Error {
  /** The last path word of the call, such as `sendmessage`. */
  readonly method: string;
  readonly code: number;
  /** WeChat's own words, or "" when it gave none. */
  readonly errmsg: string;
  /** The form of the whole answer, without text (`shapeOf`). */
  readonly shape: string;

  constructor(method: string, code: number, errmsg: string, shape = "") {
    super(`WeChat refused ${method} with code ${code}. ${reactionFor(method, code).meaning}`);
    this.name = "WechatRefusedError";
    this.method = method;
    this.code = code;
    this.errmsg = errmsg;
    this.shape = shape;
  }
}

export type UnreachableKind =
  | "timeout"
  /** DNS, refused, reset, TLS. */
  | "network"
  /** Something before WeChat answered: a status other than 200 without a code of WeChat's. */
  | "gateway"
  | "not_json"
  /** JSON, but without what the call is for. */
  | "incomplete"
  | "too_large"
  /** The caller's own signal ended it. */
  | "aborted";

export type UnreachableFacts = {
  kind: UnreachableKind;
  /** `no`: the request never left, so it cannot have had an effect. */
  sent: "no" | "unknown";
  httpStatus?: number;
};

/** WeChat gave no answer that can be read, so whether the call had an effect may be unknown. */
export class WechatUnreachableError extends Error {
  readonly method: string;
  readonly kind: UnreachableKind;
  readonly sent: "no" | "unknown";
  readonly httpStatus?: number;

  constructor(method: string, facts: UnreachableFacts, options?: ErrorOptions) {
    super(describe(method, facts), options);
    this.name = "WechatUnreachableError";
    this.method = method;
    this.kind = facts.kind;
    this.sent = facts.sent;
    if (facts.httpStatus !== undefined) this.httpStatus = facts.httpStatus;
  }

  /** The kind, under the name by which loggers look for one. */
  get code(): UnreachableKind {
    return this.kind;
  }
}

const whatHappened: Record<UnreachableKind, string> = {
  timeout: "it did not answer in time",
  network: "the connection failed",
  gateway: "a gateway before it answered",
  not_json: "its answer was no JSON",
  incomplete: "its answer lacks what was asked for",
  too_large: "its answer was larger than we read",
  aborted: "we stopped waiting",
};

function describe(method: string, { kind, sent, httpStatus }: UnreachableFacts): string {
  const status = httpStatus === undefined ? "" : ` (HTTP ${httpStatus})`;
  const effect =
    sent === "no"
      ? "The request was not sent; it can be repeated."
      : "It may or may not have taken effect; repeat it only with the same ids.";
  return `No answer from WeChat to ${method}: ${whatHappened[kind]}${status}. ${effect}`;
}
