import { isAllowedHost, redirectBaseUrl } from "#core/wechat/hosts.ts";
import type { QrcodeStatus } from "#core/wechat/qrcode.ts";
import {
  CheckStoppedError,
  clientFor,
  type CheckContext,
  type ScannedBot,
} from "./check-context.ts";
import { choose } from "./person.ts";

const mostQrCodes = 3;
const pauseMs = 1_000;

type Progress = {
  qrcode: string;
  baseUrl: string | undefined;
  verifyCode: string | undefined;
  wrongCode: "not_sent" | "sent" | "answered";
  qrCodes: number;
  seen: string[];
  shownAt: number;
};

/**
 * One login by QR code with the person's phone: every state that WeChat goes through, and once a
 * wrong number where it asks for one. Throws CheckStoppedError when no bot came of it.
 */
export async function logIn(context: CheckContext, step: string): Promise<ScannedBot> {
  let progress = await nextQrCode(context, step, null);
  for (;;) {
    const answer = await clientFor(context, at(progress)).getQrcodeStatus({
      qrcode: progress.qrcode,
      ...(progress.verifyCode === undefined ? {} : { verifyCode: progress.verifyCode }),
      timeoutMs: context.holdMs,
    });
    noteStatus(context, step, progress, answer);
    if (answer.status === "confirmed") return confirmed(context, step, progress, answer);
    progress = await react(context, step, progress, answer);
    await context.sleep(pauseMs);
  }
}

function at({ baseUrl }: Progress): { baseUrl?: string } {
  return baseUrl === undefined ? {} : { baseUrl };
}

async function nextQrCode(
  context: CheckContext,
  step: string,
  before: Progress | null,
): Promise<Progress> {
  const qrCodes = (before?.qrCodes ?? 0) + 1;
  if (qrCodes > mostQrCodes) {
    const detail = `${mostQrCodes} QR codes ran out`;
    context.findings.add({ step, what: "a scan is confirmed", result: "unexpected", detail });
    throw new CheckStoppedError("No scan was confirmed.");
  }
  const { qrcode, qrContent } = await clientFor(context).getBotQrcode({ localTokens: [] });
  context.person.tell("Scan this code with WeChat (“+”, then Scan) and confirm on the phone:");
  await context.person.showQr(qrContent);
  return {
    qrcode,
    baseUrl: undefined,
    verifyCode: undefined,
    wrongCode: before?.wrongCode ?? "not_sent",
    qrCodes,
    seen: before?.seen ?? [],
    shownAt: context.now().getTime(),
  };
}

/** Each change of WeChat's word, with the seconds since the code was shown. */
function noteStatus(
  { findings, person, now }: CheckContext,
  step: string,
  progress: Progress,
  answer: QrcodeStatus,
): void {
  const word = answer.answered ? answer.status : `no answer (${answer.unansweredBecause})`;
  if (progress.seen.at(-1) === word) return;
  progress.seen.push(word);
  const seconds = Math.round((now().getTime() - progress.shownAt) / 1000);
  const known = answer.status !== "unknown";
  findings.add({
    step,
    what: `WeChat's word: ${word}`,
    result: known ? "seen" : "unexpected",
    detail: `${seconds} s after QR code ${progress.qrCodes}`,
  });
  if (answer.status === "scaned") person.tell("Scanned. Confirm on the phone.");
}

async function react(
  context: CheckContext,
  step: string,
  progress: Progress,
  answer: QrcodeStatus,
): Promise<Progress> {
  switch (answer.status) {
    case "expired":
    case "verify_code_blocked":
      context.person.tell("This code is over; here is another one.");
      return nextQrCode(context, step, progress);
    case "need_verifycode":
      return typeCode(context, step, progress);
    case "scaned":
      return noteWrongCode(context, step, { ...progress, verifyCode: undefined }, "accepted it");
    case "scaned_but_redirect":
      return { ...progress, baseUrl: redirected(context, step, answer.redirectHost) };
    case "binded_redirect":
      context.findings.add({
        step,
        what: "a login without known tokens brings a new bot",
        result: "unexpected",
        detail: "binded_redirect",
      });
      throw new CheckStoppedError("WeChat says that this bot is bound already.");
    case "wait":
    case "unknown":
    case "confirmed":
      return progress;
  }
}

/** The first number sent is a wrong one on purpose, if the person agrees: what does WeChat do then? */
async function typeCode(
  context: CheckContext,
  step: string,
  progress: Progress,
): Promise<Progress> {
  const { person } = context;
  const after = noteWrongCode(context, step, progress, "asks again");
  const code = (await person.ask("WeChat shows a number on the phone. Type it here:")).trim();
  if (after.wrongCode !== "not_sent") return { ...after, verifyCode: code };
  const question = "May a wrong number be sent first, to see what WeChat does?";
  if ((await choose(person, question, ["yes", "no"])) === "no") {
    context.findings.add({
      step,
      what: "a wrong number",
      result: "not_tried",
      detail: `WeChat asked for ${code.length} digits`,
    });
    return { ...after, verifyCode: code, wrongCode: "answered" };
  }
  return { ...after, verifyCode: wrongOf(code), wrongCode: "sent" };
}

function noteWrongCode(
  context: CheckContext,
  step: string,
  progress: Progress,
  reaction: string,
): Progress {
  if (progress.wrongCode !== "sent") return progress;
  const result = reaction === "asks again" ? "as_expected" : "unexpected";
  context.findings.add({ step, what: "a wrong number", result, detail: `WeChat ${reaction}` });
  context.person.tell("That was the wrong one, on purpose.");
  return { ...progress, verifyCode: undefined, wrongCode: "answered" };
}

/** As many digits, each another one. */
function wrongOf(code: string): string {
  return code.replace(/\d/g, (digit) => String((Number(digit) + 1) % 10));
}

function redirected(
  context: CheckContext,
  step: string,
  host: string | undefined,
): string | undefined {
  if (host === undefined) return undefined;
  const { WECHAT_ALLOWED_HOSTS, WECHAT_BASE_URL } = context.settings;
  const baseUrl = redirectBaseUrl(host, [...WECHAT_ALLOWED_HOSTS, new URL(WECHAT_BASE_URL).origin]);
  context.findings.add({
    step,
    what: "WeChat sends the login to another host",
    result: baseUrl === undefined ? "unexpected" : "seen",
    detail: host,
  });
  if (baseUrl !== undefined) return baseUrl;
  throw new CheckStoppedError(
    "WeChat named a host that is not on the allow-list. If it is WeChat's, add it to WECHAT_ALLOWED_HOSTS.",
  );
}

function confirmed(
  context: CheckContext,
  step: string,
  progress: Progress,
  answer: Extract<QrcodeStatus, { status: "confirmed" }>,
): ScannedBot {
  const { findings, settings } = context;
  const { botId, botToken, ilinkUserId, baseUrl } = answer;
  const missing = Object.entries({ botId, botToken, ilinkUserId })
    .filter(([, value]) => value === undefined)
    .map(([name]) => name);
  if (progress.wrongCode === "not_sent") {
    const detail = "WeChat asked for no number in this login";
    findings.add({ step, what: "a wrong number", result: "not_tried", detail });
  }
  if (!botId || !botToken || !ilinkUserId) {
    const detail = `missing: ${missing.join(", ")}`;
    findings.add({ step, what: "the confirmation is whole", result: "unexpected", detail });
    throw new CheckStoppedError("WeChat confirmed without naming bot, token or user.");
  }
  const own = [...settings.WECHAT_ALLOWED_HOSTS, new URL(settings.WECHAT_BASE_URL).origin];
  const usable = baseUrl !== undefined && isAllowedHost(baseUrl, own);
  findings.add({
    step,
    what: "the confirmation is whole",
    result: baseUrl === undefined || usable ? "as_expected" : "unexpected",
    detail: [
      `bot ${findings.nameOf(botId)}`,
      `user ${findings.nameOf(ilinkUserId)}`,
      `token ${botToken.startsWith(`${botId}:`) ? "begins with" : "does not begin with"} the bot id`,
      baseUrl === undefined ? "no base URL" : `base URL ${new URL(baseUrl).host}`,
    ].join(", "),
  });
  return {
    botId,
    botToken,
    ilinkUserId,
    baseUrl: usable && baseUrl !== undefined ? baseUrl : settings.WECHAT_BASE_URL,
  };
}
