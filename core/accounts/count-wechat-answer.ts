import type { Measure } from "#core/telemetry/measure.ts";
import { reactionFor } from "#core/wechat/reactions.ts";
import { WechatRefusedError } from "#core/wechat/wechat.errors.ts";

/** Counts what WeChat answered; a refusal that nobody has documented counts apart. A silence is no answer. */
export function countWechatAnswer(measure: Measure, refusal?: unknown): void {
  if (refusal !== undefined && !(refusal instanceof WechatRefusedError)) return;
  measure.count("WechatAnswers");
  // Zero is told too: an alarm on the share needs both.
  measure.count("WechatAnswersUnknown", refusal !== undefined && isUndocumented(refusal) ? 1 : 0);
}

/** Whether WeChat's code is one that nobody has told us of. */
export function isUndocumented({ method, code, errmsg }: WechatRefusedError): boolean {
  return reactionFor(method, code, errmsg).kind === "unknown";
}
