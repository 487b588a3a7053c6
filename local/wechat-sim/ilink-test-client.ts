import { randomInt } from "node:crypto";
import { z } from "zod";

const QrCode = z.strictObject({ ret: z.number(), qrcode: z.string(), qrcode_img_content: z.url() });
const QrStatus = z.strictObject({
  ret: z.number(),
  status: z.string(),
  bot_token: z.string().optional(),
  ilink_bot_id: z.string().optional(),
  baseurl: z.string().optional(),
  ilink_user_id: z.string().optional(),
  redirect_host: z.string().optional(),
});
const Message = z.strictObject({
  seq: z.number().optional(),
  message_id: z.union([z.number(), z.string()]).optional(),
  from_user_id: z.string(),
  to_user_id: z.string(),
  client_id: z.string().optional(),
  create_time_ms: z.number().optional(),
  update_time_ms: z.number().optional(),
  session_id: z.string().optional(),
  group_id: z.string().optional(),
  message_type: z.number(),
  message_state: z.number(),
  item_list: z.array(z.record(z.string(), z.unknown())),
  context_token: z.string().optional(),
});
const Updates = z.strictObject({
  ret: z.number().optional(),
  errcode: z.number().optional(),
  errmsg: z.string().optional(),
  msgs: z.array(Message).optional(),
  get_updates_buf: z.string().optional(),
  longpolling_timeout_ms: z.number().optional(),
});
const Result = z.strictObject({
  ret: z.number().optional(),
  errcode: z.number().optional(),
  errmsg: z.string().optional(),
  message_id: z.union([z.string(), z.number()]).optional(),
  typing_ticket: z.string().optional(),
});

export interface HttpAnswer {
  status: number;
  text: string;
}

/** A client as the official one calls, with strict schemas: a field too many fails a test. */
export function createIlinkTestClient(baseUrl: string, token?: string) {
  async function post(path: string, body: unknown, options: PostOptions = {}): Promise<HttpAnswer> {
    const response = await fetch(`${baseUrl}/ilink/bot/${path}`, {
      method: "POST",
      headers: { ...headersFor(token), ...options.headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
      signal: options.signal ?? null,
    });
    return { status: response.status, text: await response.text() };
  }
  const base_info = { channel_version: "2.4.9" };
  const result = async (path: string, body: object) =>
    Result.parse(JSON.parse((await post(path, { ...body, base_info })).text));
  return {
    post,
    async getQrCode(localTokens: string[] = []) {
      const answer = await post("get_bot_qrcode?bot_type=3", { local_token_list: localTokens });
      return QrCode.parse(JSON.parse(answer.text));
    },
    async getStatus(qr: string, verifyCode?: string) {
      const query = new URLSearchParams({ qrcode: qr });
      if (verifyCode !== undefined) query.set("verify_code", verifyCode);
      const response = await fetch(`${baseUrl}/ilink/bot/get_qrcode_status?${query.toString()}`);
      return QrStatus.parse(await response.json());
    },
    async getUpdates(cursor: string, options: PostOptions = {}) {
      const { text } = await post("getupdates", { get_updates_buf: cursor, base_info }, options);
      return Updates.parse(JSON.parse(text));
    },
    sendText(userId: string, text: string, extra: Record<string, unknown> = {}) {
      return result("sendmessage", { msg: textMessage(userId, text, extra) });
    },
    getConfig: (userId?: string) => result("getconfig", { ilink_user_id: userId }),
    sendTyping: (userId: string, ticket: string, status: 1 | 2) =>
      result("sendtyping", { ilink_user_id: userId, typing_ticket: ticket, status }),
    notify: (what: "start" | "stop") => result(`msg/notify${what}`, {}),
  };
}

export interface PostOptions {
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

let clientNumber = 0;

export function textMessage(userId: string, text: string, extra: Record<string, unknown> = {}) {
  clientNumber += 1;
  return {
    from_user_id: "",
    to_user_id: userId,
    client_id: `client-${clientNumber}`,
    message_type: 2,
    message_state: 2,
    item_list: [{ type: 1, text_item: { text } }],
    ...extra,
  };
}

function headersFor(token: string | undefined): Record<string, string> {
  const authorization: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  return {
    "content-type": "application/json",
    authorizationtype: "ilink_bot_token",
    "x-wechat-uin": Buffer.from(String(randomInt(2 ** 32))).toString("base64"),
    "ilink-app-id": "bot",
    "ilink-app-clientversion": "132105",
    ...authorization,
  };
}
