import { createLogin, hasNews, statusAnswer, submitVerifyCode } from "./logins.ts";
import { holdPoll, readCursor, writeCursor } from "./polling.ts";
import { sendMessage, type ForcedRefusal } from "./sending.ts";
import { getConfig, notifyOnline, sendTyping } from "./typing.ts";
import { GetUpdatesBody, QrCodeBody, type WireObject } from "./wire.ts";
import type { Bot, Login, LogEntry, World } from "./world.ts";

export const endpointNames = [
  "get_bot_qrcode",
  "get_qrcode_status",
  "getupdates",
  "sendmessage",
  "getconfig",
  "sendtyping",
  "notifystart",
  "notifystop",
] as const;
export type EndpointName = (typeof endpointNames)[number];

export interface IlinkRequest {
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
  /** Aborted when the client leaves before the answer. */
  readonly closed: AbortSignal;
  /** Where the main listener may send a login to; undefined on the second listener. */
  readonly redirectHost: string | undefined;
  readonly forced: ForcedRefusal | undefined;
}

export type IlinkAnswer =
  | { kind: "json"; body: WireObject }
  | { kind: "text"; status: number; contentType: string; text: string }
  | { kind: "hang" }
  /** Cuts the connection without an answer. */
  | { kind: "cut" }
  /** The client left first. */
  | { kind: "left" };

interface OpenEndpoint {
  readonly methods: readonly string[];
  readonly path: string;
  readonly login: false;
  readonly run: (world: World, request: IlinkRequest) => IlinkAnswer | Promise<IlinkAnswer>;
}
interface BotEndpoint {
  readonly methods: readonly string[];
  readonly path: string;
  readonly login: true;
  readonly run: (
    world: World,
    request: IlinkRequest,
    bot: Bot,
  ) => IlinkAnswer | Promise<IlinkAnswer>;
}

/** The calls of reference/ilink.md 1.2 to 1.5, without media. */
export const endpoints: Record<EndpointName, OpenEndpoint | BotEndpoint> = {
  get_bot_qrcode: {
    methods: ["GET", "POST"],
    path: "/ilink/bot/get_bot_qrcode",
    login: false,
    run: getBotQrcode,
  },
  get_qrcode_status: {
    methods: ["GET"],
    path: "/ilink/bot/get_qrcode_status",
    login: false,
    run: getQrcodeStatus,
  },
  getupdates: { methods: ["POST"], path: "/ilink/bot/getupdates", login: true, run: getUpdates },
  sendmessage: {
    methods: ["POST"],
    path: "/ilink/bot/sendmessage",
    login: true,
    run(world, { body, headers, forced }, bot) {
      const answer = sendMessage(world, bot, body, headers, forced);
      if (answer.disconnect) return { kind: "cut" };
      return answer.body === null ? emptyBody : json(answer.body);
    },
  },
  getconfig: {
    methods: ["POST"],
    path: "/ilink/bot/getconfig",
    login: true,
    run: (world, { body }, bot) => json(getConfig(world, bot, body)),
  },
  sendtyping: {
    methods: ["POST"],
    path: "/ilink/bot/sendtyping",
    login: true,
    run: (world, { body }, bot) => json(sendTyping(world, bot, body)),
  },
  notifystart: {
    methods: ["POST"],
    path: "/ilink/bot/msg/notifystart",
    login: true,
    run: (world, _request, bot) => json(notifyOnline(world, bot, true)),
  },
  notifystop: {
    methods: ["POST"],
    path: "/ilink/bot/msg/notifystop",
    login: true,
    run: (world, _request, bot) => json(notifyOnline(world, bot, false)),
  },
};

export function findEndpoint(method: string, path: string): EndpointName | undefined {
  return endpointNames.find(
    (name) => endpoints[name].path === path && endpoints[name].methods.includes(method),
  );
}

/** The -14 of reference/ilink.md 1.7, in the field that the config says. */
export function sessionTimeout(world: World, endpoint: EndpointName): IlinkAnswer {
  const { sessionTimeoutField } = world.config.transport;
  const byEndpoint = endpoint === "getupdates" ? "errcode" : "ret";
  const field = {
    random: () => world.random.pick(["ret", "errcode"]),
    ret: () => "ret",
    errcode: () => "errcode",
    "by-endpoint": () => byEndpoint,
  }[sessionTimeoutField]();
  return json({ [field]: -14, errmsg: "session timeout" });
}

export function gatewayTimeout(): IlinkAnswer {
  const text = "<html><head><title>524</title></head><body>A timeout occurred</body></html>";
  return { kind: "text", status: 524, contentType: "text/html", text };
}

const emptyBody: IlinkAnswer = {
  kind: "text",
  status: 200,
  contentType: "application/json",
  text: "",
};

function json(body: WireObject): IlinkAnswer {
  return { kind: "json", body };
}

function getBotQrcode(world: World, { query, body }: IlinkRequest): IlinkAnswer {
  if (query.get("bot_type") !== "3") return json({ ret: 2, errmsg: "invalid bot_type" });
  const tokens = QrCodeBody.safeParse(body).data?.local_token_list ?? [];
  const login = createLogin(world, tokens);
  return json({ ret: 0, qrcode: login.qr, qrcode_img_content: login.qrUrl });
}

async function getQrcodeStatus(world: World, request: IlinkRequest): Promise<IlinkAnswer> {
  const login = world.logins.get(request.query.get("qrcode") ?? "");
  if (!login) return json({ ret: 0, status: "expired" });
  const code = request.query.get("verify_code");
  if (code) submitVerifyCode(world, login, code);
  if (!hasNews(world, login, request.redirectHost)) await nextNews(world, login, request.closed);
  if (request.closed.aborted) return { kind: "left" };
  return json(statusAnswer(world, login, request.redirectHost));
}

function nextNews(world: World, login: Login, closed: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancelHold();
      login.waiting.delete(done);
      closed.removeEventListener("abort", done);
      resolve();
    };
    const cancelHold = world.clock.after(world.config.login.statusHoldMs, done);
    login.waiting.add(done);
    world.changes.notify();
    closed.addEventListener("abort", done, { once: true });
  });
}

async function getUpdates(world: World, request: IlinkRequest, bot: Bot): Promise<IlinkAnswer> {
  const presented = GetUpdatesBody.safeParse(request.body).data?.get_updates_buf ?? "";
  const position = readCursor(bot, presented);
  const { oldCursor } = world.config.polling;
  if (position === null && oldCursor === "session-timeout")
    return sessionTimeout(world, "getupdates");
  if (position === null && oldCursor === "empty") return emptyUpdates(world, writeCursor(bot, 0));
  const answer = await holdPoll(world, bot, position ?? 0, request.closed);
  if (answer === null) return { kind: "left" };
  switch (answer.kind) {
    case "messages":
      return updates(world, bot, answer.entries);
    case "empty":
      return emptyUpdates(
        world,
        position === null || presented === "" ? writeCursor(bot, 0) : presented,
      );
    case "session-timeout":
      return sessionTimeout(world, "getupdates");
    case "gateway-timeout":
    default:
      return gatewayTimeout();
  }
}

function updates(world: World, bot: Bot, entries: readonly LogEntry[]): IlinkAnswer {
  return json({
    ret: 0,
    msgs: entries.map(({ message }) => message),
    get_updates_buf: writeCursor(bot, entries.at(-1)?.position ?? 0),
    longpolling_timeout_ms: world.config.polling.announcedHoldMs ?? undefined,
  });
}

function emptyUpdates(world: World, cursor: string): IlinkAnswer {
  const { emptyAnswerOmits, announcedHoldMs } = world.config.polling;
  const body: WireObject = {
    ret: 0,
    msgs: [],
    get_updates_buf: cursor,
    longpolling_timeout_ms: announcedHoldMs ?? undefined,
  };
  const omitted = new Set<string>(emptyAnswerOmits);
  return json(Object.fromEntries(Object.entries(body).filter(([key]) => !omitted.has(key))));
}
