import { GetQrcodeStatusAnswer } from "./wechat.wire.ts";

export type BotQrcode = {
  /** The key to ask the status with. */
  qrcode: string;
  /** What the QR picture must encode (a URL); it is no picture itself. */
  qrContent: string;
};

/** The status words are WeChat's own, its spelling kept; their meaning: reference/ilink.md 1.2. */
export type QrcodeStatus =
  | {
      status: "confirmed";
      answered: true;
      /** May come only once, so store it at once. */
      botToken?: string;
      botId?: string;
      ilinkUserId?: string;
      /** Check with `isAllowedHost` before using it; absent: keep the one you have. */
      baseUrl?: string;
    }
  /** `redirectHost` comes without a scheme: give it to `redirectBaseUrl`. */
  | { status: "scaned_but_redirect"; answered: true; redirectHost?: string }
  /** Nothing came back, which counts as waiting. */
  | {
      status: "wait";
      answered: false;
      unansweredBecause: "timeout" | "network" | "524" | "aborted";
    }
  | {
      status:
        | "wait"
        | "scaned"
        | "need_verifycode"
        | "verify_code_blocked"
        | "expired"
        | "binded_redirect"
        /** A word that nobody has documented. */
        | "unknown";
      answered: true;
    };

export function readQrcodeStatus(json: Record<string, unknown>): QrcodeStatus {
  const answer = GetQrcodeStatusAnswer.parse(json);
  const { status = "unknown" } = answer;
  if (status === "confirmed") {
    return {
      status,
      answered: true,
      ...(answer.bot_token ? { botToken: answer.bot_token } : {}),
      ...(answer.ilink_bot_id ? { botId: answer.ilink_bot_id } : {}),
      ...(answer.ilink_user_id ? { ilinkUserId: answer.ilink_user_id } : {}),
      ...(answer.baseurl ? { baseUrl: answer.baseurl } : {}),
    };
  }
  if (status === "scaned_but_redirect") {
    const { redirect_host } = answer;
    return { status, answered: true, ...(redirect_host ? { redirectHost: redirect_host } : {}) };
  }
  return { status, answered: true };
}
