import { get } from "./api.js";
import { createComposer } from "./composer.js";
import { button, field, h, replace, updateSelect } from "./dom.js";
import { clockTime, windowText } from "./format.js";

/** One person's phone, open at one bot. */
export function chatPanel(app) {
  const { t } = app;
  const user = h("select", { onchange: () => app.choose({ userId: user.value }) });
  const bot = h("select", { onchange: () => app.choose({ botId: bot.value }) });
  const facts = h("p", { class: "facts" });
  const log = h("ol", { class: "log", role: "log", "aria-live": "polite", tabindex: "0" });
  const typing = h("p", { class: "typing", role: "status" });
  const composer = createComposer(app);
  const element = h(
    "div",
    { class: "chat" },
    h("div", { class: "row" }, field(t("phoneOf"), user), field(t("writesTo"), bot)),
    facts,
    log,
    typing,
    composer.element,
  );
  const contactOf = () =>
    app.state.bots
      .find(({ botId }) => botId === app.botId)
      ?.contacts.find(({ userId }) => userId === app.userId);
  const tick = () => {
    const contact = contactOf();
    const isChosen = app.userId !== "" && app.botId !== "";
    facts.textContent = contact ? contactFacts(app, contact) : isChosen ? t("notWritten") : "";
  };
  return {
    element,
    tick,
    async update() {
      const { users, bots } = app.state;
      updateSelect(
        user,
        users.map(({ userId, name }) => [userId, name]),
        app.userId,
      );
      const label = ({ botId, ownerUserId, status }) =>
        `${app.nameOf(ownerUserId)} · ${botId}${status === "live" ? "" : ` (${t(status)})`}`;
      updateSelect(
        bot,
        bots.map((each) => [each.botId, label(each)]),
        app.botId,
      );
      tick();
      typing.textContent = contactOf()?.typing ? t("typing") : "";
      const { userId, botId } = app;
      const lines = userId && botId ? await get("chat", { userId, botId }) : [];
      if (userId !== app.userId || botId !== app.botId) return;
      drawLines(app, log, lines, composer.quote);
    },
  };
}

function contactFacts(app, { quotaLeft, windowEndsAt }) {
  const { t } = app;
  const quota = quotaLeft === null ? t("never") : quotaLeft;
  const closes = windowEndsAt === null ? t("never") : windowText(app, windowEndsAt);
  return `${t("quota")}: ${quota} · ${t("window")}: ${closes}`;
}

function drawLines(app, log, lines, quote) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  const drawn = replace(log, [app.userId, app.botId, lines], () =>
    lines.length > 0
      ? lines.map((line, index) => chatLine(app, line, index, quote))
      : h("li", { class: "empty" }, app.t(app.userId && app.botId ? "nothingSaid" : "noChat")),
  );
  if (drawn && atEnd) log.scrollTop = log.scrollHeight;
}

function chatLine(app, line, index, quote) {
  const { from, text, at, note, messageId } = line;
  const quotes = messageId
    ? button(app.t("quote"), () => quote(line), {
        class: "link",
        "data-key": `quote-${index}`,
        "aria-label": `${app.t("quote")}: ${text.slice(0, 40)}`,
      })
    : null;
  return h(
    "li",
    { class: `line ${from}` },
    h("p", { class: "bubble" }, text),
    h("small", {}, h("time", {}, clockTime(at)), note ? ` ${note} ` : " ", quotes),
  );
}
