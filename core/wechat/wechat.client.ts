import { randomInt } from "node:crypto";
import type { Dispatcher } from "undici";
import { readAnswer } from "./answer.ts";
import { wayThrough } from "./proxy.ts";
import { readQrcodeStatus, type BotQrcode, type QrcodeStatus } from "./qrcode.ts";
import { cutUpdates, readUpdates, type Updates } from "./updates.ts";
import { WechatUnreachableError } from "./wechat.errors.ts";
import {
  baseInfo,
  checkIdentity,
  postHeaders,
  queryHeaders,
  type Identity,
} from "./wechat.headers.ts";
import { exchange } from "./wechat.transport.ts";
import {
  GetBotQrcodeAnswer,
  GetConfigAnswer,
  itemType,
  messageState,
  messageType,
  SendMessageAnswer,
} from "./wechat.wire.ts";

export type { QrcodeStatus, Updates };

export type WechatClientOptions = {
  /** Such as https://ilinkai.weixin.qq.com; per account, as its login answered. */
  baseUrl: string;
  /** Absent for the QR calls only. */
  botToken?: string;
  clientVersion?: string;
  appId?: string;
  botAgent?: string;
  routeTag?: string;
  /** `http://user:password@host:port`; absent: straight to WeChat. */
  proxyUrl?: string | undefined;
  dispatcher?: Dispatcher;
  randomUint32?: () => number;
};

export type WechatClient = ReturnType<typeof createWechatClient>;

type Post = {
  method: string;
  body: Record<string, unknown>;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  /** Calls whose answer holds nothing we need; old servers answer them with nothing at all. */
  mayBeEmpty?: boolean;
};

/** Most tokens of earlier logins that WeChat takes with a QR request (reference/ilink.md 1.2). */
const maxLocalTokens = 10;

/**
 * WeChat's iLink Bot API for one bot (reference/ilink.md 1.1-1.5). Every method throws
 * WechatRefusedError when WeChat says no and WechatUnreachableError when it says nothing that can
 * be read. Nothing is retried here. Throws TypeError when an option cannot be right.
 */
export function createWechatClient(options: WechatClientOptions) {
  const { baseUrl, botToken, botAgent, routeTag } = options;
  const dispatcher = options.dispatcher ?? wayThrough(options.proxyUrl);
  const identity: Identity = {
    botToken,
    clientVersion: options.clientVersion ?? "2.4.9",
    appId: options.appId ?? "bot",
    botAgent,
    routeTag,
    randomUint32: options.randomUint32 ?? (() => randomInt(0, 2 ** 32)),
  };
  checkIdentity(identity);
  const base = checkedBase(baseUrl);

  async function post({ method, body, timeoutMs, signal, mayBeEmpty = false }: Post) {
    const answer = await exchange({
      method,
      url: new URL(path(method), base),
      headers: postHeaders(identity, botToken),
      body: JSON.stringify({ ...body, base_info: baseInfo(identity) }),
      timeoutMs,
      signal,
      dispatcher,
    });
    return readAnswer(method, answer, mayBeEmpty);
  }

  return {
    /** Asks for a QR code to log in with. `localTokens`: those of earlier logins, newest first. */
    async getBotQrcode({ localTokens, signal }: GetBotQrcode): Promise<BotQrcode> {
      const method = "get_bot_qrcode";
      const answer = await exchange({
        method,
        url: new URL(`${path(method)}?bot_type=3`, base),
        headers: postHeaders(identity),
        body: JSON.stringify({ local_token_list: localTokens.slice(0, maxLocalTokens) }),
        timeoutMs: 15_000,
        signal,
        dispatcher,
      });
      const { qrcode, qrcode_img_content } = GetBotQrcodeAnswer.parse(readAnswer(method, answer));
      if (!qrcode || !qrcode_img_content) {
        throw new WechatUnreachableError(method, { kind: "incomplete", sent: "unknown" });
      }
      return { qrcode, qrContent: qrcode_img_content };
    },

    /**
     * Waits for the QR code's status to change, at most `timeoutMs` (the official client: 35 s).
     * No answer counts as `wait` with `answered: false`.
     */
    async getQrcodeStatus(query: GetQrcodeStatus): Promise<QrcodeStatus> {
      const method = "get_qrcode_status";
      const url = new URL(path(method), base);
      url.searchParams.set("qrcode", query.qrcode);
      if (query.verifyCode !== undefined) url.searchParams.set("verify_code", query.verifyCode);
      try {
        const answer = await exchange({
          method,
          url,
          headers: queryHeaders(identity),
          timeoutMs: query.timeoutMs,
          signal: query.signal,
          dispatcher,
        });
        return readQrcodeStatus(readAnswer(method, answer));
      } catch (error) {
        const unansweredBecause = noAnswer(error);
        if (unansweredBecause === undefined) throw error;
        return { status: "wait", answered: false, unansweredBecause };
      }
    },

    /**
     * Long-polls for messages. `cursor` is "" for a new login. `timeoutMs` must lie above the
     * server's hold (35 s unless it announced another), or it races a delivery.
     */
    async getUpdates({ cursor, timeoutMs, signal }: GetUpdates): Promise<Updates> {
      const body = { get_updates_buf: cursor };
      try {
        return readUpdates(await post({ method: "getupdates", body, timeoutMs, signal }));
      } catch (error) {
        const cut = noAnswer(error);
        if (cut === undefined || cut === "network") throw error;
        return cutUpdates(cut);
      }
    },

    /**
     * Sends one text bubble. `clientId` is made before the first try and kept on every repeat. A
     * missing `messageId` means accepted but unconfirmed (reference/ilink.md 1.4).
     */
    async sendMessage(message: SendMessage): Promise<{ messageId?: string }> {
      const json = await post({
        method: "sendmessage",
        body: { msg: wireText(message) },
        timeoutMs: 15_000,
        signal: message.signal,
        mayBeEmpty: true,
      });
      const { message_id } = SendMessageAnswer.parse(json);
      return message_id && message_id !== "0" ? { messageId: message_id } : {};
    },

    /** The ticket to show "typing" with; keep it 10 minutes at most. */
    async getConfig({
      userId,
      contextToken,
      signal,
    }: GetConfig): Promise<{ typingTicket?: string }> {
      const json = await post({
        method: "getconfig",
        body: {
          ilink_user_id: userId,
          ...(contextToken === undefined ? {} : { context_token: contextToken }),
        },
        timeoutMs: 10_000,
        signal,
      });
      const { typing_ticket } = GetConfigAnswer.parse(json);
      return typing_ticket ? { typingTicket: typing_ticket } : {};
    },

    /** Shows or takes away "typing"; repeat every 5 s while it should stay. */
    async sendTyping({ userId, ticket, on, signal }: SendTyping): Promise<void> {
      await post({
        method: "sendtyping",
        body: { ilink_user_id: userId, typing_ticket: ticket, status: on ? 1 : 2 },
        timeoutMs: 10_000,
        signal,
        mayBeEmpty: true,
      });
    },

    /** Tells WeChat that this bot is being polled. Best effort: nothing may depend on it. */
    async notifyStart({ signal }: Cancellable = {}): Promise<void> {
      await post({ method: "notifystart", body: {}, timeoutMs: 10_000, signal, mayBeEmpty: true });
    },

    /** Tells WeChat that this bot is no longer polled. Best effort. */
    async notifyStop({ signal }: Cancellable = {}): Promise<void> {
      await post({ method: "notifystop", body: {}, timeoutMs: 10_000, signal, mayBeEmpty: true });
    },
  };
}

type Cancellable = { signal?: AbortSignal | undefined };
type GetBotQrcode = Cancellable & { localTokens: readonly string[] };
type GetQrcodeStatus = Cancellable & { qrcode: string; verifyCode?: string; timeoutMs: number };
type GetUpdates = Cancellable & { cursor: string; timeoutMs: number };
type SendMessage = Cancellable & {
  toUserId: string;
  clientId: string;
  text: string;
  contextToken?: string;
};
type GetConfig = Cancellable & { userId: string; contextToken?: string };
type SendTyping = Cancellable & { userId: string; ticket: string; on: boolean };

function checkedBase(baseUrl: string): URL {
  const base = URL.parse(baseUrl.endsWith("/") ? baseUrl : `${baseUrl}/`);
  if (base === null || !["http:", "https:"].includes(base.protocol)) {
    throw new TypeError("baseUrl must be a whole URL, such as https://ilinkai.weixin.qq.com");
  }
  return base;
}

const notifyMethods = ["notifystart", "notifystop"];

function path(method: string): string {
  return notifyMethods.includes(method) ? `ilink/bot/msg/${method}` : `ilink/bot/${method}`;
}

function wireText({ toUserId, clientId, text, contextToken }: SendMessage) {
  return {
    from_user_id: "",
    to_user_id: toUserId,
    client_id: clientId,
    message_type: messageType.bot,
    message_state: messageState.finish,
    item_list: [{ type: itemType.text, text_item: { text } }],
    ...(contextToken === undefined ? {} : { context_token: contextToken }),
  };
}

/** The silences that a long poll lives with; anything else is a failure and stays an error. */
function noAnswer(error: unknown): "timeout" | "network" | "524" | "aborted" | undefined {
  if (!(error instanceof WechatUnreachableError)) return undefined;
  if (error.httpStatus === 524) return "524";
  const { kind } = error;
  return kind === "timeout" || kind === "network" || kind === "aborted" ? kind : undefined;
}
