import { button, h, replace } from "./dom.js";
import { windowText } from "./format.js";

/** The bot accounts, newest first, each with its contacts. */
export function botsSection(app) {
  const { t } = app;
  const cards = h("ul", { class: "cards" });
  return {
    elements: [h("h2", {}, t("bots")), cards],
    update() {
      const { bots, users } = app.state;
      // Poll times change all the time; without them a card is drawn only when it has news.
      const data = bots
        .toReversed()
        .map(({ polls, ...bot }) => ({ ...bot, overlaps: polls.overlaps }));
      replace(cards, [data, users], () =>
        data.length > 0
          ? data.map((bot) => botCard(app, bot))
          : h("li", { class: "empty" }, t("noBots")),
      );
    },
    tick() {
      for (const cell of cards.querySelectorAll("[data-ends-at]")) {
        cell.textContent = windowText(app, Number(cell.dataset.endsAt));
      }
    },
  };
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
  const rows = contacts.map((contact) => contactRow(app, botId, contact));
  return h("table", {}, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, rows));
}

function contactRow(app, botId, { userId, quotaLeft, windowEndsAt, lastInboundAt }) {
  const { t } = app;
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
}
