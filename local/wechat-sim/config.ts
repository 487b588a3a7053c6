import { z } from "zod";
import { Refusal } from "./refusal.ts";

const timeMs = z.int().nonnegative();
const rangeMs = z.tuple([timeMs, timeMs]).refine(([from, to]) => from <= to, {
  error: "the range must not end before it starts",
});
const refusal = (errmsg: string, ret = -2) => Refusal.prefault({ style: "refuse", ret, errmsg });

/** One flag with its default and what the page says about it in both languages. */
function flag<S extends z.ZodType>(schema: S, en: string, zh: string): S {
  return schema.meta({ description: en, zh });
}

const transport = z.strictObject({
  sessionTimeoutField: flag(
    z.enum(["random", "ret", "errcode", "by-endpoint"]).default("random"),
    "Which field carries -14; by-endpoint = errcode for getupdates, ret elsewhere",
    "-14 放在哪个字段；by-endpoint = getupdates 用 errcode，其余用 ret",
  ),
  strictClientHeaders: flag(
    z.boolean().default(false),
    "Answer -14 when iLink-App-Id or iLink-App-ClientVersion is missing",
    "缺少 iLink-App-Id 或 iLink-App-ClientVersion 时返回 -14",
  ),
  inboundMessageId: flag(
    z.enum(["number", "string"]).default("number"),
    "message_id in getupdates: bare JSON number above 2^53, or string",
    "getupdates 中的 message_id：大于 2^53 的裸数字，或字符串",
  ),
  sentMessageId: flag(
    z.enum(["string", "number"]).default("string"),
    "message_id in the answer of sendmessage",
    "sendmessage 返回的 message_id 类型",
  ),
});

const login = z.strictObject({
  qrLifetimeMs: flag(timeMs.default(120_000), "Life of a QR code", "二维码有效期"),
  statusHoldMs: flag(
    timeMs.default(30_000),
    "How long get_qrcode_status is held",
    "get_qrcode_status 挂起时长",
  ),
  baseurl: flag(
    z.union([z.literal("own"), z.literal("omit"), z.url()]).default("own"),
    "baseurl of a confirmed login: own, omit, or a URL",
    "确认登录时返回的 baseurl：own、omit 或指定网址",
  ),
  redirectHost: flag(
    z.enum(["own", "omit"]).default("own"),
    "redirect_host of scaned_but_redirect: the second listener, or left out",
    "scaned_but_redirect 的 redirect_host：第二监听端口，或省略",
  ),
  omitBotId: flag(
    z.boolean().default(false),
    "Confirm without ilink_bot_id",
    "确认登录但不返回 ilink_bot_id",
  ),
  stuckInWait: flag(
    z.boolean().default(false),
    "The QR answers wait whatever the phone does",
    "无论手机如何操作都返回 wait",
  ),
  confirmedOnce: flag(
    z.boolean().default(true),
    "Hand out the credentials once; later polls say expired",
    "凭证只发一次，之后返回 expired",
  ),
  recognizeLocalTokens: flag(
    z.boolean().default(true),
    "binded_redirect when the user's live token is in local_token_list",
    "用户的有效 token 在 local_token_list 中时返回 binded_redirect",
  ),
  verifyCodeDigits: flag(z.int().min(1).max(12).default(6), "Digits of a code", "验证码位数"),
  verifyCodeAttempts: flag(
    z.int().positive().default(3),
    "Wrong codes before verify_code_blocked",
    "输错几次后返回 verify_code_blocked",
  ),
  supersededAfterMs: flag(
    timeMs.default(29_000),
    "A superseded bot's pending poll is answered -14 after this time or at the end of its hold",
    "旧机器人被顶掉后，挂起的轮询过多久返回 -14（或到挂起结束）",
  ),
});

const polling = z.strictObject({
  holdMs: flag(timeMs.default(35_000), "How long an empty poll is held", "空轮询挂起时长"),
  announcedHoldMs: flag(
    timeMs.nullable().default(null),
    "longpolling_timeout_ms in answers; null leaves it out",
    "返回的 longpolling_timeout_ms；null 表示不返回",
  ),
  emptyAnswerOmits: flag(
    z.array(z.enum(["ret", "msgs", "get_updates_buf"])).default([]),
    "Fields left out of an empty answer",
    "空结果中省略的字段",
  ),
  gatewayTimeoutAfterMs: flag(
    timeMs.nullable().default(null),
    "An empty poll ends in HTTP 524 after this time (16000 to 17000 seen)",
    "空轮询在此时间后返回 HTTP 524（实际约 16000–17000）",
  ),
  batchWindowMs: flag(
    timeMs.default(0),
    "Wait this long for more messages before answering",
    "回答前等待更多消息的时间",
  ),
  maxMessagesPerAnswer: flag(
    z.int().positive().default(50),
    "Most messages in one answer",
    "单次最多返回消息数",
  ),
  cursor: flag(
    z.enum(["one-way", "replay"]).default("one-way"),
    "one-way: once returned never again; replay: from the cursor presented",
    "one-way：返回过就不再返回；replay：按提交的游标返回",
  ),
  oldCursor: flag(
    z.enum(["from-start", "empty", "session-timeout"]).default("from-start"),
    "A cursor of another login: read from the start, answer empty, or -14",
    "使用其他登录的游标：从头读、返回空、或 -14",
  ),
  concurrentPolls: flag(
    z.enum(["split", "displace"]).default("split"),
    "Two polls on one token: share the messages, or the newer ends the older with -14",
    "同一 token 两个轮询：分流消息，或新的以 -14 顶掉旧的",
  ),
  afterDisconnect: flag(
    z.enum(["keep", "lose"]).default("keep"),
    "A client that left during a hold: keep its messages, or lose them until the hold would end",
    "客户端在挂起中断开：保留消息，或在挂起结束前丢失消息",
  ),
  retentionMs: flag(
    timeMs.nullable().default(null),
    "Undelivered messages older than this are gone; null keeps them",
    "未取走的消息保留多久；null 表示一直保留",
  ),
  overlapGraceMs: flag(
    timeMs.default(25),
    "Real time in which a vanished older poll is not counted as overlapping",
    "旧连接在此真实时间内断开则不计为重叠",
  ),
});

export const duplicateModes = [
  "same-id",
  "new-id",
  "new-context-token",
  "no-id",
  "late-replay",
] as const;

const inbound = z.strictObject({
  splitAtChars: flag(
    z.int().positive().nullable().default(2048),
    "Long texts arrive in pieces of this many characters",
    "长文本按此字符数拆分",
  ),
  duplicates: flag(
    z.array(z.enum(duplicateModes)).default([]),
    "Every message is delivered again in these ways",
    "每条消息按这些方式重复投递",
  ),
  duplicateAfterMs: z
    .strictObject({
      "same-id": rangeMs.default([900, 1_100]),
      "new-id": rangeMs.default([2_800, 3_200]),
      "new-context-token": rangeMs.default([2_000, 11_000]),
      "no-id": rangeMs.default([6_000, 9_000]),
      "late-replay": rangeMs.default([1_800_000, 3_000_000]),
    })
    .prefault({})
    .meta({ description: "When each kind of copy comes", zh: "各类重复消息的延迟" }),
  messageId: flag(
    z.enum(["present", "missing", "empty", "zero"]).default("present"),
    "message_id of inbound messages",
    "收到的消息的 message_id 形式",
  ),
  omitFields: flag(
    z
      .array(
        z.enum([
          "seq",
          "create_time_ms",
          "update_time_ms",
          "client_id",
          "session_id",
          "context_token",
        ]),
      )
      .default([]),
    "Fields left out of inbound messages",
    "收到的消息中省略的字段",
  ),
  voiceEncodeType: flag(
    z.union([z.literal(4), z.literal(6)]).default(4),
    "encode_type of voice messages",
    "语音消息的 encode_type",
  ),
  deadBot: flag(
    z.enum(["queue", "drop"]).default("queue"),
    "What users write to a superseded or expired bot",
    "用户发给已失效机器人的消息如何处理",
  ),
});

const send = z.strictObject({
  shapeCheck: flag(
    z.boolean().default(true),
    "Refuse malformed messages (-3, empty list -2)",
    "检查消息结构（-3，空列表 -2）",
  ),
  recipientCheck: flag(
    z.boolean().default(true),
    "Refuse ids this bot does not know, case counts (-3)",
    "拒绝此机器人不认识的用户，区分大小写（-3）",
  ),
  maxTextBytes: flag(
    z.int().positive().nullable().default(16_384),
    "Longest text in UTF-8 bytes",
    "文本最大 UTF-8 字节数",
  ),
  sizeRefusal: flag(refusal(""), "Answer to a text too long", "文本过长时的回应"),
  firstContact: flag(
    z.boolean().default(true),
    "Only users who wrote first can be written to",
    "用户先发过消息才能向其发送",
  ),
  firstContactRefusal: flag(
    refusal("prepare failed"),
    "Answer before first contact",
    "用户未先发消息时的回应",
  ),
  windowMs: flag(
    timeMs.nullable().default(86_400_000),
    "Time after the user's last message in which the bot may write",
    "用户最后一条消息后的可发送时长",
  ),
  windowRefusal: flag(refusal("prepare failed"), "Answer outside the window", "超出时间窗口的回应"),
  quota: flag(
    z.int().nonnegative().nullable().default(10),
    "Bot messages per user message",
    "每条用户消息可回复的条数",
  ),
  quotaRefusal: flag(
    refusal("prepare failed"),
    "Answer when the quota is used up",
    "配额用完的回应",
  ),
  toolItemsUseQuota: flag(
    z.boolean().default(false),
    "Tool progress items (types 11 and 12) use quota",
    "工具进度消息（类型 11、12）占用配额",
  ),
  burstLimit: flag(
    z.int().positive().nullable().default(12),
    "Attempts per user in the burst time",
    "突发时间内每个用户的尝试上限",
  ),
  burstPerMs: flag(timeMs.default(300_000), "The burst time", "突发时间长度"),
  burstCountsRefused: flag(
    z.boolean().default(true),
    "Refused attempts count and prolong the throttle",
    "被拒绝的尝试也计数并延长限流",
  ),
  burstRefusal: flag(refusal("rate limited"), "Answer to a burst", "突发限流的回应"),
  contextToken: flag(
    z.enum(["ignored", "known", "newest", "one-time", "echo-doubles"]).default("ignored"),
    "What the context_token must be; echo-doubles shows the bubble twice",
    "对 context_token 的要求；echo-doubles 会显示两次",
  ),
  contextTokenRefusal: flag(
    refusal("prepare failed"),
    "Answer to a bad context_token",
    "context_token 无效时的回应",
  ),
  repeatedClientId: flag(
    z.enum(["hidden", "shown"]).default("hidden"),
    "A client_id sent again: accepted but not shown, or shown again",
    "重复的 client_id：接受但不显示，或再次显示",
  ),
  truncateAtChars: flag(
    z.int().positive().nullable().default(null),
    "Longer texts are cut in silence",
    "超出的文本被静默截断",
  ),
  successAnswer: flag(
    z.enum(["message-id", "ret-only", "empty-object", "empty-body"]).default("message-id"),
    "Answer to an accepted message",
    "发送成功时的返回",
  ),
  notifyStartRequired: flag(
    z.boolean().default(false),
    "Refuse sends before notifystart (-2)",
    "未调用 notifystart 前拒绝发送（-2）",
  ),
});

const typing = z.strictObject({
  ticketLifetimeMs: flag(timeMs.default(600_000), "Life of a typing ticket", "输入状态票据有效期"),
  badTicket: flag(
    z.strictObject({ ret: z.int().default(-2), errmsg: z.string().default("") }).prefault({}),
    "Answer to an unknown or expired ticket",
    "票据未知或过期时的返回",
  ),
  autoOffMs: flag(
    timeMs.nullable().default(null),
    "Typing ends by itself after this time; null = never",
    "输入状态自动结束的时间；null 表示不会自动结束",
  ),
});

const record = z.strictObject({
  calls: flag(z.int().positive().default(200), "Calls kept for the page", "保留的调用条数"),
  attempts: flag(
    z.int().positive().default(20_000),
    "Send attempts and bubbles kept",
    "保留的发送尝试与气泡条数",
  ),
});

/** Every rule and every duration of the simulator; defaults follow reference/ilink.md 3. */
export const WechatSimConfig = z.strictObject({
  transport: transport.prefault({}),
  login: login.prefault({}),
  polling: polling.prefault({}),
  inbound: inbound.prefault({}),
  send: send.prefault({}),
  typing: typing.prefault({}),
  record: record.prefault({}),
});
export type WechatSimConfig = z.infer<typeof WechatSimConfig>;
