import { randomBytes } from "node:crypto";
import { Hono, type Context } from "hono";
import {
  openRescanLink,
  startRescan,
  typeRescanCode,
  type OpenedLink,
} from "#core/alerts/open-rescan-link.ts";
import { RequestError } from "#core/shared/errors.ts";
import { WechatRefusedError, WechatUnreachableError } from "#core/wechat/wechat.errors.ts";
import type { ApiDeps } from "./app.ts";
import { rescanPage, rescanState, type PageContent, type PageRequest } from "./rescan-page.ts";
import { languageOf } from "./rescan-texts.ts";

/**
 * The pages behind rescan links, for people without an account here: the token in the address is
 * the right. GET changes nothing, because chat apps open links to preview them.
 */
export function createRescanApp(deps: ApiDeps): Hono {
  const app = new Hono();
  app.use("/:token/*", async (c, next) => {
    await next();
    c.header("cache-control", "no-store");
    c.header("x-robots-tag", "noindex, nofollow");
  });

  app.get("/:token", async (c) => {
    const opened = await openRescanLink(deps, c.req.param("token"));
    return answerPage(c, opened, statusOf(opened));
  });

  app.get("/:token/state", async (c) => {
    const token = c.req.param("token");
    const opened = await openRescanLink(deps, token);
    return c.json(await rescanState(opened, { ...requestOf(c), path: token }), statusOf(opened));
  });

  app.post("/:token/login", async (c) => {
    await startRescan(deps, c.req.param("token"));
    return backToPage(c);
  });

  app.post("/:token/verify-code", async (c) => {
    const { code } = await c.req.parseBody();
    const digits = typeof code === "string" ? code.replace(/\s/g, "") : "";
    if (!/^\d{4,8}$/.test(digits)) return backToPage(c, "&code=refused");
    await typeIfAsked(deps, c.req.param("token"), digits);
    return backToPage(c);
  });

  app.get("/:token/qr.png", async (c) => {
    const opened = await openRescanLink(deps, c.req.param("token"));
    if (opened.state !== "login" || !opened.login.open) return c.notFound();
    const { qrContent } = opened.login;
    // Few invocations draw a code; the others start without it.
    const { default: QRCode } = await import("qrcode");
    const png = await QRCode.toBuffer(qrContent, { type: "png", scale: 14, margin: 4 });
    return c.body(new Uint8Array(png), 200, { "content-type": "image/png" });
  });

  app.onError((error, c) => {
    const away = error instanceof WechatRefusedError || error instanceof WechatUnreachableError;
    if (away) deps.log.warn("rescan.no_qr_code", { method: error.method }, error);
    else deps.log.error("rescan.failed", { path: c.req.routePath }, error);
    return answerPage(c, { state: away ? "wechat_away" : "hub_fault" }, away ? 502 : 500);
  });
  return app;
}

function statusOf({ state }: OpenedLink): 200 | 404 | 410 {
  if (state === "unknown") return 404;
  return state === "expired" || state === "spent" || state === "used_up" ? 410 : 200;
}

function answerPage(c: Context, content: PageContent, status: 200 | 404 | 410 | 500 | 502) {
  const nonce = randomBytes(16).toString("base64");
  c.header(
    "content-security-policy",
    `default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; img-src 'self'; connect-src 'self'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'`,
  );
  c.header("vary", "accept-language");
  return c.html(rescanPage(content, requestOf(c), nonce), status);
}

function requestOf(c: Context): PageRequest {
  return {
    path: pathOf(c),
    language: languageOf(c.req.query("lang"), c.req.header("accept-language")),
    codeRefused: c.req.query("code") === "refused",
  };
}

/** Relative, so that it holds under whatever path PUBLIC_URL has. */
function pathOf(c: Context): string {
  const token = c.req.param("token") ?? "";
  return c.req.path.endsWith(`/${token}`) ? token : `../${token}`;
}

/** A page of its own after each form, so that going back or reloading sends nothing again. */
function backToPage(c: Context, more = "") {
  const { path, language } = requestOf(c);
  return c.redirect(`${path}?lang=${language}${more}`, 303);
}

/** When WeChat asks for no digits any more, the page shows what it waits for instead. */
async function typeIfAsked(deps: ApiDeps, token: string, code: string): Promise<void> {
  try {
    await typeRescanCode(deps, token, code);
  } catch (error) {
    const tooLate = error instanceof RequestError && error.code === "login.no_code_asked";
    if (!tooLate) throw error;
  }
}
