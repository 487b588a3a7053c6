import { isDeeperThan } from "#core/shared/keep-json.ts";
import { parseExactJson } from "./exact-json.ts";
import { shapeOf } from "./shape.ts";
import { WechatRefusedError, WechatUnreachableError } from "./wechat.errors.ts";
import { JsonObject, WireVerdict } from "./wechat.wire.ts";

/** Longer words than these would be a page, not a reason. */
const maxErrmsgChars = 200;
const expired = -14;
/** No answer of WeChat is near it; deeper ones would break whoever walks through them. */
const deepestAnswer = 100;

/**
 * The JSON object of an answer that says yes. WeChat puts its no into an HTTP 200, in `ret` or in
 * `errcode`; any other status without a code comes from a gateway (reference/ilink.md 1.1, 1.7).
 */
export function readAnswer(
  method: string,
  { httpStatus, text }: { httpStatus: number; text: string },
  mayBeEmpty = false,
): Record<string, unknown> {
  const json = mayBeEmpty && text.trim() === "" ? {} : jsonObject(text);
  if (json !== undefined) {
    const verdict = WireVerdict.parse(json);
    const code = refusalCode(verdict);
    if (code !== 0) {
      const errmsg = (verdict.errmsg ?? "").slice(0, maxErrmsgChars);
      throw new WechatRefusedError(method, code, errmsg, shapeOf(json));
    }
  }
  if (httpStatus !== 200) {
    throw new WechatUnreachableError(method, { kind: "gateway", sent: "unknown", httpStatus });
  }
  if (json === undefined) {
    throw new WechatUnreachableError(method, { kind: "not_json", sent: "unknown", httpStatus });
  }
  return json;
}

/** An ended login counts most, in whichever of the two places it stands. */
function refusalCode({ ret = 0, errcode = 0 }: { ret?: number; errcode?: number }): number {
  if (ret === expired || errcode === expired) return expired;
  return errcode === 0 ? ret : errcode;
}

function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const json = parseExactJson(text);
    return isDeeperThan(json, deepestAnswer) ? undefined : JsonObject.safeParse(json).data;
  } catch {
    // Not JSON: the caller says so, with the HTTP status. The parser's message would quote the body.
    return undefined;
  }
}
