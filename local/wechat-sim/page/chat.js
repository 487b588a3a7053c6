import { get } from "./api.js";
import { button, field, h, replace, updateSelect } from "./dom.js";
import { clockTime } from "./format.js";
import { windowText } from "./people.js";

const quoteStyles = ["svr-id", "inline", "partial", "no-text"];
const duplicateModes = ["same-id", "new-id", "new-context-token", "no-id", "late-replay"];

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
    facts.textContent = contact ? contactFacts(app, contact) : "";
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
      const label = ({ botId, status }) => (status === "live" ? botId : `${botId} (${t(status)})`);
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
      : h("li", { class: "empty" }, app.botId ? "" : app.t("noChat")),
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

function createComposer(app) {
  const { t } = app;
  let quoted = null;
  const input = h("textarea", { rows: "2", "data-key": "message", onkeydown: sendOnEnter });
  const style = h(
    "select",
    {},
    quoteStyles.map((name) => h("option", { value: name }, name)),
  );
  const quoteText = h("span", {});
  const quoteBar = h(
    "div",
    { class: "row quoting", hidden: true },
    quoteText,
    field(t("quoteStyle"), style),
    button(t("cancel"), () => setQuote(null)),
  );
  const copies = duplicateModes.map((mode) => h("input", { type: "checkbox", value: mode }));

  function setQuote(line) {
    quoted = line;
    quoteBar.hidden = line === null;
    quoteText.textContent = line ? `${t("quoting")}: ${line.text.slice(0, 60)}` : "";
    if (line) input.focus();
  }

  async function send(content) {
    const { userId } = app;
    const botId = app.botId || undefined;
    const quote = quoted ? { messageId: quoted.messageId, style: style.value } : undefined;
    const duplicates = copies.filter(({ checked }) => checked).map(({ value }) => value);
    const sent = await app.act("user-sends", { userId, botId, quote, duplicates, ...content });
    if (sent) setQuote(null);
    return sent;
  }

  async function sendText(event) {
    event.preventDefault();
    if (input.value !== "" && (await send({ text: input.value }))) input.value = "";
  }

  // Enter also chooses a word in a Chinese input method, and must not send then.
  function sendOnEnter(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) void sendText(event);
  }

  const others = [
    ["voice", { voice: { text: "语音转文字" } }],
    ["voiceSilent", { voice: {} }],
    ["image", { image: {} }],
    ["file", { file: { name: "报价单.pdf" } }],
    ["video", { video: {} }],
    ["longText", { text: "长".repeat(5000) }],
    ["unknownItem", { unknownItemType: 99 }],
    ["group", { text: "group", groupId: "group-1" }],
    ["notAPerson", { text: "system", messageType: 2 }],
  ].map(([key, content]) => button(t(key), () => send(content)));
  const copyFields = copies.map((copy) => h("label", { class: "check" }, copy, copy.value));
  const element = h(
    "form",
    { class: "composer", onsubmit: sendText },
    quoteBar,
    h(
      "div",
      { class: "row" },
      field(t("message"), input),
      h("button", { type: "submit", class: "main" }, t("send")),
    ),
    h(
      "details",
      {},
      h("summary", {}, t("more")),
      h("div", { class: "buttons" }, others),
      h("fieldset", {}, h("legend", {}, t("duplicates")), copyFields),
    ),
  );
  return { element, quote: setQuote };
}
