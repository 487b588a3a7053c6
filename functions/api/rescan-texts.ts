import type { LoginFailure } from "#core/logins/login.ts";

export type Language = "zh" | "en";

/** What the rescan page says; the owner of a bot reads it, who knows nothing of the hub. */
export type RescanTexts = {
  htmlLang: string;
  title: string;
  bot: (name: string) => string;
  otherLanguage: string;
  /** Where one is on the way. */
  steps: readonly [string, string, string];
  ready: { status: string; explain: string; sameAccount: string; button: string };
  /** In place of `ready` for a bot that nobody scanned yet. */
  first: { status: string; explain: string; anyAccount: string };
  waiting: {
    status: string;
    alt: string;
    twoMinutes: string;
    secondScreenTitle: string;
    secondScreen: string;
    onePhoneTitle: string;
    onePhone: readonly string[];
    saveImage: string;
    albumRefused: string;
  };
  scanned: { status: string; explain: string };
  verify: {
    status: string;
    label: string;
    wrong: string;
    notDigits: string;
    button: string;
    checking: string;
  };
  confirmed: { status: string; explain: string };
  connected: { status: string; explain: string };
  failed: { status: string; tryAgain: string; why: Record<LoginFailure, string> };
  expired: { status: string; explain: string };
  spent: { status: string; explain: string };
  usedUp: { status: string; explain: string };
  unknown: { status: string; explain: string };
  wechatAway: { status: string; explain: string };
  hubFault: { status: string; explain: string };
  backToPage: string;
  offline: string;
};

const askAgain = {
  zh: "请向管理员要一个新链接。",
  en: "Ask whoever runs the bot for a new link.",
};

const en: RescanTexts = {
  htmlLang: "en",
  title: "Connect a WeChat bot",
  bot: (name) => `Bot: ${name}`,
  otherLanguage: "中文",
  steps: ["Scan", "Confirm", "Done"],
  ready: {
    status: "WeChat has signed this bot out.",
    explain:
      "Until somebody scans again it receives nothing and answers nobody. It takes about a minute.",
    sameAccount:
      "Scan with the WeChat account that connected this bot before. Any other account is refused.",
    button: "Show the QR code",
  },
  first: {
    status: "This bot waits for its first scan.",
    explain: "Scan with the WeChat account that is to become the bot. It takes about a minute.",
    anyAccount:
      "The account that scans lends itself to this bot. Somebody of the team approves it before it answers anybody.",
  },
  waiting: {
    status: "Scan this code with WeChat.",
    alt: "QR code to scan with WeChat",
    twoMinutes: "A code lives for about two minutes; this page then shows the next one by itself.",
    secondScreenTitle: "With a second screen",
    secondScreen:
      "Open this page on a computer or on another phone. In WeChat tap “+”, then Scan, and point the camera at the code.",
    onePhoneTitle: "With this phone only",
    onePhone: [
      "Save the code: press and hold it, or tap “Save as image”.",
      "In WeChat tap “+”, then Scan, then the album, and choose the picture.",
      "Confirm there, then come back to this page.",
    ],
    saveImage: "Save as image",
    albumRefused: "If WeChat does not take a code from the album, use a second screen.",
  },
  scanned: {
    status: "Scanned. Now confirm in WeChat.",
    explain: "WeChat asks on the phone whether to connect the bot. This page goes on by itself.",
  },
  verify: {
    status: "WeChat shows a number on the phone. Type it here.",
    label: "Number shown in WeChat",
    wrong: "That was not the number. Look at the phone and type it again.",
    notDigits: "Type the number as 4 to 8 digits, nothing else.",
    button: "Send",
    checking: "Checking the number …",
  },
  confirmed: {
    status: "Confirmed. Connecting …",
    explain: "This takes a few seconds.",
  },
  connected: {
    status: "The bot is connected.",
    explain: "There is nothing left to do, you can close this page. The link has done its work.",
  },
  failed: {
    status: "The bot was not connected.",
    tryAgain: "Show a new QR code",
    why: {
      timed_out: "Nobody confirmed in time.",
      qr_codes_used_up: "The codes ran out before anybody scanned one.",
      other_person:
        "Another WeChat account scanned. This bot belongs to the account that connected it before, so scan with that one.",
      account_gone: "The bot is being removed.",
      host_not_allowed:
        "WeChat sent the login to a place the hub does not know. Tell whoever runs the bot.",
      incomplete:
        "WeChat's answer was incomplete. Try again; if it stays so, tell who runs the bot.",
    },
  },
  expired: { status: "This link has expired.", explain: askAgain.en },
  spent: {
    status: "This link no longer works.",
    explain: `The bot was connected since, and then WeChat signed it out again. Look for a newer link, or ask whoever runs the bot for one.`,
  },
  usedUp: { status: "This link started too many logins.", explain: askAgain.en },
  unknown: {
    status: "This link is not known.",
    explain: `Perhaps a part of it is missing, or the bot was removed. ${askAgain.en}`,
  },
  wechatAway: {
    status: "WeChat gave no QR code.",
    explain: "It refused or did not answer. Wait a minute, then try again.",
  },
  hubFault: {
    status: "Something went wrong here.",
    explain: "It is not your phone's fault. Try again; if it stays so, tell whoever runs the bot.",
  },
  backToPage: "Back",
  offline: "No connection. This page tries again by itself.",
};

const zh: RescanTexts = {
  htmlLang: "zh-CN",
  title: "连接微信机器人",
  bot: (name) => `机器人：${name}`,
  otherLanguage: "English",
  steps: ["扫码", "确认", "完成"],
  ready: {
    status: "这个机器人的微信登录已失效。",
    explain: "重新扫码之前，它收不到消息，也不会回复任何人。整个过程大约一分钟。",
    sameAccount: "请用上次连接这个机器人的微信号扫码，其他微信号会被拒绝。",
    button: "显示二维码",
  },
  first: {
    status: "此机器人等待首次扫码。",
    explain: "请使用将作为机器人的微信账号扫码，约需一分钟。",
    anyAccount: "扫码的微信账号将用于此机器人，需经团队审批后才会回复消息。",
  },
  waiting: {
    status: "请用微信扫描这个二维码。",
    alt: "用微信扫描的二维码",
    twoMinutes: "二维码有效期约两分钟，过期后本页会自动换新的。",
    secondScreenTitle: "有另一块屏幕时",
    secondScreen: "在电脑或另一部手机上打开本页，然后在微信里点“＋”→“扫一扫”，对准二维码。",
    onePhoneTitle: "只有这部手机时",
    onePhone: [
      "保存二维码：长按二维码，或点“保存为图片”。",
      "在微信里点“＋”→“扫一扫”→“相册”，选择这张图片。",
      "在微信里确认，然后回到本页。",
    ],
    saveImage: "保存为图片",
    albumRefused: "如果微信不接受相册里的二维码，请改用另一块屏幕。",
  },
  scanned: {
    status: "已扫码，请在微信里确认。",
    explain: "手机上的微信会询问是否连接机器人。确认后本页会自动更新。",
  },
  verify: {
    status: "手机上的微信显示了一个数字，请在这里输入。",
    label: "微信里显示的数字",
    wrong: "数字不对，请看手机再输入一次。",
    notDigits: "请只输入 4 到 8 位数字。",
    button: "提交",
    checking: "正在核对数字……",
  },
  confirmed: { status: "已确认，正在连接……", explain: "需要几秒钟。" },
  connected: {
    status: "机器人已连接。",
    explain: "不用再做什么，可以关闭本页。这个链接的使命已完成。",
  },
  failed: {
    status: "没有连接成功。",
    tryAgain: "显示新的二维码",
    why: {
      timed_out: "没有人及时确认。",
      qr_codes_used_up: "二维码都过期了，没有人扫码。",
      other_person: "扫码的是另一个微信号。这个机器人属于上次连接它的微信号，请用那个微信号扫码。",
      account_gone: "这个机器人正在被移除。",
      host_not_allowed: "微信把登录转到了系统不认识的地址，请告诉管理员。",
      incomplete: "微信的答复不完整。请再试一次；如果一直这样，请告诉管理员。",
    },
  },
  expired: { status: "这个链接已过期。", explain: askAgain.zh },
  spent: {
    status: "这个链接已失效。",
    explain: `机器人后来连接过，之后微信登录又失效了。请找更新的链接，或者${askAgain.zh}`,
  },
  usedUp: { status: "这个链接启动登录的次数太多了。", explain: askAgain.zh },
  unknown: {
    status: "没有这个链接。",
    explain: `可能链接不完整，或者机器人已被移除。${askAgain.zh}`,
  },
  wechatAway: { status: "微信没有给出二维码。", explain: "它拒绝了或没有回应。请过一分钟再试。" },
  hubFault: {
    status: "这边出了点问题。",
    explain: "不是你手机的问题。请再试一次；如果一直这样，请告诉管理员。",
  },
  backToPage: "返回",
  offline: "没有网络，本页会自动重试。",
};

export const rescanTexts: Record<Language, RescanTexts> = { zh, en };

/** The language asked for, else the first of the browser's that we speak, else Chinese. */
export function languageOf(
  asked: string | undefined,
  acceptLanguage: string | undefined,
): Language {
  if (asked === "zh" || asked === "en") return asked;
  const wanted = (acceptLanguage ?? "")
    .split(",")
    .map((part) => {
      const [tag = "", ...parameters] = part.trim().toLowerCase().split(";");
      const quality = parameters.find((parameter) => parameter.trim().startsWith("q="));
      return { tag, quality: quality === undefined ? 1 : Number(quality.trim().slice(2)) };
    })
    .filter(({ tag, quality }) => tag !== "" && tag !== "*" && quality > 0)
    .toSorted((a, b) => b.quality - a.quality);
  for (const { tag } of wanted) {
    if (/^zh(-|$)/.test(tag)) return "zh";
    if (/^en(-|$)/.test(tag)) return "en";
  }
  return wanted.length > 0 ? "en" : "zh";
}
