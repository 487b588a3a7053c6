import { button, field, h, replace, updateSelect } from "./dom.js";

const ended = new Set(["expired", "confirmed", "binded_redirect", "verify_code_blocked"]);
const shownLogins = 6;

/** The newest QR codes, and whose phone scans them. */
export function loginsSection(app) {
  const { t } = app;
  const scanner = h("select", {});
  const cards = h("ul", { class: "cards" });
  return {
    elements: [
      h("h2", {}, t("logins")),
      field(t("scanAs"), scanner),
      cards,
      pasteForm(app, scanner),
    ],
    update() {
      const { users, logins } = app.state;
      const names = users.map(({ userId, name }) => [userId, name]);
      const kept = users.some(({ userId }) => userId === scanner.value);
      updateSelect(scanner, names, kept ? scanner.value : app.userId);
      const newest = logins.slice(-shownLogins).toReversed();
      replace(cards, newest, () =>
        newest.length > 0
          ? newest.map((login) => loginCard(app, login, scanner))
          : h("li", { class: "empty" }, t("noLogins")),
      );
    },
  };
}

function pasteForm(app, scanner) {
  const pasted = h("input", { type: "text", autocomplete: "off" });
  const submit = async (event) => {
    event.preventDefault();
    const scanned = await app.act("scan", { qr: pasted.value.trim(), userId: scanner.value });
    if (scanned) pasted.value = "";
  };
  return h(
    "form",
    { class: "row", onsubmit: submit },
    field(app.t("pasteQr"), pasted),
    h("button", { type: "submit" }, app.t("scan")),
  );
}

function loginCard(app, login, scanner) {
  const { t } = app;
  const { qr, status } = login;
  return h(
    "li",
    { class: ended.has(status) ? "ended" : null },
    h("strong", {}, status),
    h("code", {}, qr.slice(0, 8)),
    login.polling ? h("small", {}, t("polled")) : null,
    login.userId ? h("small", {}, app.nameOf(login.userId)) : null,
    login.verifyCode ? h("p", {}, `${t("verifyCode")} `, h("b", {}, login.verifyCode)) : null,
    h("span", { class: "buttons" }, loginButtons(app, login, scanner)),
  );
}

/** What the phone can do as the login stands. */
function loginButtons({ t, act }, { qr, status }, scanner) {
  const press = (label, key, run, properties = {}) =>
    button(t(label), run, { "data-key": `${key}-${qr}`, ...properties });
  const scan = (withVerifyCode) => act("scan", { qr, userId: scanner.value, withVerifyCode });
  const deny = () => press("deny", "deny", () => act("deny", { qr }));
  const main = { class: "main" };
  if (status === "wait") {
    return [
      press("scan", "scan", () => scan(false), main),
      press("scanWithCode", "code", () => scan(true)),
      press("redirect", "redirect", () => act("redirect", { qr })),
    ];
  }
  if (status === "scaned") {
    return [press("confirm", "scan", () => act("confirm", { qr }), main), deny()];
  }
  return status === "need_verifycode" ? [deny()] : [];
}
