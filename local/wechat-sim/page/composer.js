import { button, field, h } from "./dom.js";

const quoteStyles = ["svr-id", "inline", "partial", "no-text"];
const duplicateModes = ["same-id", "new-id", "new-context-token", "no-id", "late-replay"];

const otherContents = [
  ["voice", { voice: { text: "语音转文字" } }],
  ["voiceSilent", { voice: {} }],
  ["image", { image: {} }],
  ["file", { file: { name: "报价单.pdf" } }],
  ["video", { video: {} }],
  ["longText", { text: "长".repeat(5000) }],
  ["unknownItem", { unknownItemType: 99 }],
  ["group", { text: "group", groupId: "group-1" }],
  ["notAPerson", { text: "system", messageType: 2 }],
];

/** Where the person writes; `quote` takes the line that the next message quotes. */
export function createComposer(app) {
  const { t } = app;
  const input = h("textarea", { rows: "2", "data-key": "message", onkeydown: sendOnEnter });
  const quote = createQuote(app, () => input.focus());
  const copies = duplicateModes.map((mode) => h("input", { type: "checkbox", value: mode }));

  async function send(content) {
    const { userId } = app;
    const botId = app.botId || undefined;
    const duplicates = copies.filter(({ checked }) => checked).map(({ value }) => value);
    const message = { userId, botId, quote: quote.read(), duplicates, ...content };
    const sent = await app.act("user-sends", message);
    if (sent) quote.set(null);
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

  const submit = h("button", { type: "submit", class: "main" }, t("send"));
  const element = h(
    "form",
    { class: "composer", onsubmit: sendText },
    quote.element,
    h("div", { class: "row" }, field(t("message"), input), submit),
    otherThings(app, send, copies),
  );
  return { element, quote: quote.set };
}

function createQuote({ t }, focus) {
  let quoted = null;
  const style = h(
    "select",
    {},
    quoteStyles.map((name) => h("option", { value: name }, name)),
  );
  const text = h("span", {});
  const cancel = button(t("cancel"), () => set(null));
  const styleField = field(t("quoteStyle"), style);
  const element = h("div", { class: "row quoting", hidden: true }, text, styleField, cancel);
  function set(line) {
    quoted = line;
    element.hidden = line === null;
    text.textContent = line ? `${t("quoting")}: ${line.text.slice(0, 60)}` : "";
    if (line) focus();
  }
  const read = () => (quoted ? { messageId: quoted.messageId, style: style.value } : undefined);
  return { element, set, read };
}

function otherThings({ t }, send, copies) {
  const buttons = otherContents.map(([key, content]) => button(t(key), () => send(content)));
  const checks = copies.map((copy) => h("label", { class: "check" }, copy, copy.value));
  return h(
    "details",
    {},
    h("summary", {}, t("more")),
    h("div", { class: "buttons" }, buttons),
    h("fieldset", {}, h("legend", {}, t("duplicates")), checks),
  );
}
