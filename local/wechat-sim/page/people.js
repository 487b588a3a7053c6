import { button, field, h, replace, updateSelect } from "./dom.js";
import { duration } from "./format.js";

const ended = new Set(["expired", "confirmed", "binded_redirect", "verify_code_blocked"]);
const shownLogins = 6;

/** Users, QR logins and bot accounts. */
export function peoplePanel(app) {
  const { t } = app;
  const users = h("ul", { class: "cards" });
  const logins = h("ul", { class: "cards" });
  const bots = h("ul", { class: "cards" });
  const scanner = h("select", {});
  const pasted = h("input", { type: "text", autocomplete: "off" });
  const element = h(
    "div",
    {},
    h("h2", {}, t("users")),
    newUserForm(app),
    users,
    h("h2", {}, t("logins")),
    field(t("scanAs"), scanner),
    logins,
    h(
      "form",
      { class: "row", onsubmit: (event) => submitPasted(event, app, pasted, scanner) },
      field(t("pasteQr"), pasted),
      h("button", { type: "submit" }, t("scan")),
    ),
    h("h2", {}, t("bots")),
    bots,
  );
  return {
    element,
    update() {
      const { state } = app;
      replace(users, state.users, () =>
        state.users.length > 0 ? state.users.map(userCard) : empty(t("noUsers")),
      );
      updateSelect(
        scanner,
        state.users.map(({ userId, name }) => [userId, name]),
        state.users.some(({ userId }) => userId === scanner.value) ? scanner.value : app.userId,
      );
      const newest = state.logins.slice(-shownLogins).toReversed();
      replace(logins, newest, () =>
        newest.length > 0
          ? newest.map((login) => loginCard(app, login, scanner))
          : empty(t("noLogins")),
      );
      const accounts = state.bots.toReversed();
      // The clock moves by itself; only what it changes is drawn in tick().
      const data = accounts.map(({ polls, ...bot }) => ({ ...bot, overlaps: polls.overlaps }));
      replace(bots, [data, state.users], () =>
        data.length > 0 ? data.map((bot) => botCard(app, bot)) : empty(t("noBots")),
      );
    },
    tick() {
      for (const cell of bots.querySelectorAll("[data-ends-at]")) {
        cell.textContent = windowText(app, Number(cell.dataset.endsAt));
      }
    },
  };
}

function newUserForm(app) {
  const name = h("input", { type: "text", maxlength: "100", autocomplete: "off" });
  const submit = async (event) => {
    event.preventDefault();
    const created = await app.act("create-user", name.value ? { name: name.value } : {});
    if (!created) return;
    name.value = "";
    app.userId = created.userId;
  };
  return h(
    "form",
    { class: "row", onsubmit: submit },
    field(app.t("newUser"), name),
    h("button", { type: "submit" }, app.t("addUser")),
  );
}

function userCard({ userId, name }) {
  return h("li", {}, h("strong", {}, name), h("code", {}, userId));
}

async function submitPasted(event, app, pasted, scanner) {
  event.preventDefault();
  const scanned = await app.act("scan", { qr: pasted.value.trim(), userId: scanner.value });
  if (scanned) pasted.value = "";
}

function loginCard(app, login, scanner) {
  const { t, act } = app;
  const { qr, status } = login;
  const scan = (withVerifyCode) => act("scan", { qr, userId: scanner.value, withVerifyCode });
  const buttons = {
    wait: [
      button(t("scan"), () => scan(false), { "data-key": `scan-${qr}`, class: "main" }),
      button(t("scanWithCode"), () => scan(true), { "data-key": `code-${qr}` }),
      button(t("redirect"), () => act("redirect", { qr }), { "data-key": `redirect-${qr}` }),
    ],
    scaned: [
      button(t("confirm"), () => act("confirm", { qr }), {
        "data-key": `scan-${qr}`,
        class: "main",
      }),
      button(t("deny"), () => act("deny", { qr }), { "data-key": `deny-${qr}` }),
    ],
    need_verifycode: [button(t("deny"), () => act("deny", { qr }), { "data-key": `deny-${qr}` })],
  };
  return h(
    "li",
    { class: ended.has(status) ? "ended" : null },
    h("strong", {}, status),
    h("code", {}, qr.slice(0, 8)),
    login.polling ? h("small", {}, t("polled")) : null,
    login.userId ? h("small", {}, app.nameOf(login.userId)) : null,
    login.verifyCode ? h("p", {}, `${t("verifyCode")} `, h("b", {}, login.verifyCode)) : null,
    h("span", { class: "buttons" }, buttons[status] ?? []),
  );
}

function botCard(app, bot) {
  const { t, act } = app;
  const { botId, ownerUserId, status } = bot;
  const facts = [
    `${t("owner")} ${app.nameOf(ownerUserId)}`,
    `${t("generation")} ${bot.generation}`,
    `${t("openPolls")} ${bot.openPolls}`,
    `${t("overlaps")} ${bot.overlaps}`,
    `${t("undelivered")} ${bot.undelivered}`,
    ...(bot.online ? [t("online")] : []),
  ];
  const actions = [
    button(t("expire"), () => act("expire-login", { botId }), { "data-key": `expire-${botId}` }),
    button(t("scanElsewhere"), () => act("scan-elsewhere", { userId: ownerUserId }), {
      "data-key": `elsewhere-${botId}`,
    }),
  ];
  return h(
    "li",
    { class: status === "live" ? null : "ended" },
    h("strong", {}, h("code", {}, botId)),
    h("span", { class: `badge ${status}` }, t(status)),
    h("p", { class: "facts" }, facts.join(" · ")),
    bot.contacts.length > 0 ? contactTable(app, bot) : null,
    h("span", { class: "buttons" }, status === "live" ? actions : []),
  );
}

function contactTable(app, { botId, contacts }) {
  const { t } = app;
  const heads = ["contact", "quota", "window"].map((key) => h("th", { scope: "col" }, t(key)));
  const rows = contacts.map(({ userId, quotaLeft, windowEndsAt, lastInboundAt }) => {
    const open = () => {
      app.choose({ userId, botId });
      app.show("chat");
    };
    const name = button(app.nameOf(userId), open, {
      class: "link",
      "data-key": `chat-${botId}-${userId}`,
      "aria-label": `${t("openChat")}: ${app.nameOf(userId)}`,
    });
    const closes = windowEndsAt === null ? {} : { "data-ends-at": String(windowEndsAt) };
    const unlimited = lastInboundAt === null ? t("notYet") : t("never");
    return h(
      "tr",
      {},
      h("td", {}, name),
      h("td", {}, quotaLeft === null ? t("never") : String(quotaLeft)),
      h("td", closes, windowEndsAt === null ? unlimited : windowText(app, windowEndsAt)),
    );
  });
  return h("table", {}, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, rows));
}

export function windowText(app, endsAt) {
  const leftMs = endsAt - app.now();
  return leftMs <= 0 ? app.t("shut") : duration(leftMs);
}

function empty(text) {
  return h("li", { class: "empty" }, text);
}
