import { html, raw } from "hono/html";
import type { OpenedLink } from "#core/alerts/open-rescan-link.ts";
import type { Login } from "#core/logins/login.ts";
import { rescanScript, rescanStyle } from "./rescan-assets.ts";
import { rescanTexts, type Language, type RescanTexts } from "./rescan-texts.ts";

type Html = ReturnType<typeof html>;

/** What the page shows: `opened` from the hub, or a fault on the way there. */
export type PageContent = OpenedLink | { state: "wechat_away" | "hub_fault" };

export type PageRequest = {
  /** The link's page, as seen from the address that answers; below it lie its forms and picture. */
  path: string;
  language: Language;
  /** The last form sent something else than digits. */
  codeRefused: boolean;
};

type Section = {
  status: string;
  body: Html;
  /** The sign above the status; none where the QR code itself is the thing to see. */
  mark: "none" | "warning" | "busy" | "done" | "stop";
  /** How far the reader is: 1 scan, 2 confirm, 3 done; 0 where there is no way to go. */
  step: 0 | 1 | 2 | 3;
  /** Changes when the reader must see something new. */
  key: string;
  goesOn?: true;
};

/** The whole page that whoever opens a link sees. */
export function rescanPage(content: PageContent, request: PageRequest, nonce: string): Html {
  const texts = rescanTexts[request.language];
  const section = sectionOf(content, texts, request);
  const other = request.language === "zh" ? "en" : "zh";
  const goesOn = section.goesOn === true;
  const reload = goesOn && content.state === "login" && !wantsCode(content.login);
  return html`<!doctype html>
    <html lang="${texts.htmlLang}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${texts.title}</title>
        ${reload ? html`<noscript><meta http-equiv="refresh" content="5" /></noscript>` : ""}
        ${raw(`<style nonce="${nonce}">${rescanStyle}</style>`)}
      </head>
      <body>
        <main>
          <header>
            <h1>${texts.title}</h1>
            <a href="${request.path}?lang=${other}" lang="${rescanTexts[other].htmlLang}"
              >${texts.otherLanguage}</a
            >
          </header>
          <div class="card" id="card" data-mark="${section.mark}" data-step="${section.step}">
            ${"botName" in content ? html`<p class="bot">${texts.bot(content.botName)}</p>` : ""}
            <ol class="steps" aria-hidden="true">
              ${texts.steps.map((step) => html`<li>${step}</li>`)}
            </ol>
            <p class="status" id="status" role="status">${section.status}</p>
            <div
              id="state"
              data-key="${section.key}"
              data-from="${request.path}/state?lang=${request.language}"
              data-offline="${texts.offline}"
              ${goesOn ? raw("data-goes-on") : ""}
            >
              ${section.body}
            </div>
          </div>
        </main>
        ${raw(`<script nonce="${nonce}">${rescanScript}</script>`)}
      </body>
    </html>`;
}

/** What of the page changes while a login goes on, for its script. */
export async function rescanState(content: PageContent, request: PageRequest) {
  const section = sectionOf(content, rescanTexts[request.language], request);
  const body = await section.body;
  const { status, key, mark, step } = section;
  return { status, key, mark, step, goesOn: section.goesOn === true, body: body.toString() };
}

function sectionOf(content: PageContent, texts: RescanTexts, request: PageRequest): Section {
  switch (content.state) {
    case "ready":
      return {
        status: content.isFirst ? texts.first.status : texts.ready.status,
        key: "ready",
        mark: "warning",
        step: 1,
        body: html`<p class="explain">
            ${content.isFirst ? texts.first.explain : texts.ready.explain}
          </p>
          <p class="hint">${content.isFirst ? texts.first.anyAccount : texts.ready.sameAccount}</p>
          ${startForm(texts.ready.button, request)}`,
      };
    case "login":
      return loginSection(content, texts, request);
    case "connected":
      return { ...plain("connected", texts.connected), mark: "done", step: 3 };
    case "expired":
    case "spent":
    case "unknown":
      return { ...plain(content.state, texts[content.state]), mark: "stop", step: 0 };
    case "used_up":
      return { ...plain("used_up", texts.usedUp), mark: "stop", step: 0 };
    case "wechat_away":
      return withWayBack("wechat_away", texts.wechatAway, texts, request);
    case "hub_fault":
      return withWayBack("hub_fault", texts.hubFault, texts, request);
  }
}

function loginSection(
  { login, mayTryAgain }: Extract<OpenedLink, { state: "login" }>,
  texts: RescanTexts,
  request: PageRequest,
): Section {
  switch (login.status) {
    case "waiting":
      return {
        status: texts.waiting.status,
        key: `waiting ${login._id} ${login.qrCount}`,
        body: waitingBody(login, texts, request),
        mark: "none",
        step: 1,
        goesOn: true,
      };
    case "scanned":
      return { ...plain("scanned", texts.scanned), mark: "busy", step: 2, goesOn: true };
    case "verify_code_needed":
      return verifySection(login, texts, request);
    case "confirmed":
    case "completed":
      return { ...plain("confirmed", texts.confirmed), mark: "busy", step: 3, goesOn: true };
    case "failed": {
      const why = texts.failed.why[login.failureCode ?? "incomplete"];
      return {
        status: texts.failed.status,
        key: `failed ${login._id}`,
        mark: "stop",
        step: 1,
        body: html`<p class="explain">${why}</p>
          ${
            mayTryAgain
              ? startForm(texts.failed.tryAgain, request)
              : html`<p class="hint">${texts.usedUp.status} ${texts.usedUp.explain}</p>`
          }`,
      };
    }
  }
}

function waitingBody(login: Login, texts: RescanTexts, { path }: PageRequest): Html {
  const { waiting } = texts;
  const picture = `${path}/qr.png?of=${login._id}-${login.qrCount}`;
  return html`<img class="qr" src="${picture}" alt="${waiting.alt}" />
    <p class="soft explain">${waiting.twoMinutes}</p>
    <section>
      <h2>${waiting.onePhoneTitle}</h2>
      <ol>
        ${waiting.onePhone.map((step) => html`<li>${step}</li>`)}
      </ol>
      <a class="button quiet" href="${picture}" download="wechat-qr.png">${waiting.saveImage}</a>
      <p class="soft">${waiting.albumRefused}</p>
    </section>
    <section>
      <h2>${waiting.secondScreenTitle}</h2>
      <p>${waiting.secondScreen}</p>
    </section>`;
}

function verifySection(login: Login, texts: RescanTexts, request: PageRequest): Section {
  const { verify } = texts;
  if (login.verifyCode !== null) {
    const key = `checking ${login._id}`;
    return { status: verify.checking, key, body: html``, mark: "busy", step: 2, goesOn: true };
  }
  const complaint = request.codeRefused
    ? verify.notDigits
    : login.verifyCodeWrong
      ? verify.wrong
      : null;
  return {
    status: verify.status,
    key: `verify ${login._id} ${login.verifyCodeWrong ? "wrong" : "first"}`,
    mark: "none",
    step: 2,
    goesOn: true,
    body: html`<form method="post" action="${request.path}/verify-code?lang=${request.language}">
      <label for="code">${verify.label}</label>
      <input
        id="code"
        name="code"
        inputmode="numeric"
        autocomplete="one-time-code"
        pattern="[0-9]{4,8}"
        maxlength="8"
        required
        ${complaint === null ? "" : raw('aria-invalid="true" aria-describedby="complaint"')}
      />
      ${complaint === null ? "" : html`<p class="bad" id="complaint">${complaint}</p>`}
      <button>${verify.button}</button>
    </form>`,
  };
}

function wantsCode(login: Login): boolean {
  return login.status === "verify_code_needed" && login.verifyCode === null;
}

function plain(key: string, { status, explain }: { status: string; explain: string }) {
  return { status, key, body: html`<p class="explain">${explain}</p>` };
}

function withWayBack(
  key: string,
  text: { status: string; explain: string },
  texts: RescanTexts,
  { path, language }: PageRequest,
): Section {
  const { status, explain } = text;
  return {
    status,
    key,
    mark: "warning",
    step: 0,
    body: html`<p class="explain">${explain}</p>
      <a class="button" href="${path}?lang=${language}">${texts.backToPage}</a>`,
  };
}

function startForm(label: string, { path, language }: PageRequest): Html {
  return html`<form method="post" action="${path}/login?lang=${language}">
    <button>${label}</button>
  </form>`;
}
