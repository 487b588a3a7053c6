import { button, field, h, replace, updateSelect } from "./dom.js";

const refuse = (ret, errmsg) => ({ kind: "refuse", ret, errmsg });

/** `zh` where the label is not a code; `only` names the one call a behaviour makes sense for. */
const presets = [
  { label: "−14 session timeout", behaviour: { kind: "session-timeout" } },
  { label: "−2 prepare failed", behaviour: refuse(-2, "prepare failed") },
  { label: "−2 rate limited", behaviour: refuse(-2, "rate limited") },
  { label: "−2 unknown error", behaviour: refuse(-2, "unknown error") },
  { label: "−2 (empty)", zh: "−2（无说明）", behaviour: refuse(-2, "") },
  { label: "−3 invalid arguments", behaviour: refuse(-3, "invalid arguments") },
  { label: "−4 GetTypingTicket rpc failed", behaviour: refuse(-4, "GetTypingTicket rpc failed") },
  { label: "−1", behaviour: refuse(-1, "") },
  {
    label: "silent drop, ret 0",
    zh: "静默丢弃，ret 0",
    behaviour: { kind: "silent-drop" },
    only: "sendmessage",
  },
  {
    label: "silent drop, {}",
    zh: "静默丢弃，{}",
    behaviour: { kind: "silent-drop", answer: "empty-object" },
    only: "sendmessage",
  },
  {
    label: "silent drop, empty body",
    zh: "静默丢弃，空响应",
    behaviour: { kind: "silent-drop", answer: "empty-body" },
    only: "sendmessage",
  },
  {
    label: "silent drop, with id",
    zh: "静默丢弃，带 id",
    behaviour: { kind: "silent-drop", answer: "with-message-id" },
    only: "sendmessage",
  },
  {
    label: "late, 60 s",
    zh: "延迟 60 秒才显示",
    behaviour: { kind: "late", deliverAfterMs: 60_000 },
    only: "sendmessage",
  },
  {
    label: "commit, then disconnect",
    zh: "提交后断开",
    behaviour: { kind: "commit-then-disconnect" },
  },
  {
    label: "lost in flight",
    zh: "途中丢失",
    behaviour: { kind: "lost-in-flight" },
    only: "getupdates",
  },
  { label: "drop connection", zh: "断开连接", behaviour: { kind: "drop-connection" } },
  { label: "hang", zh: "一直不答", behaviour: { kind: "hang" } },
  { label: "HTTP 524 at once", zh: "立即 HTTP 524", behaviour: { kind: "http", status: 524 } },
  {
    label: "HTTP 524 after 16.5 s",
    zh: "16.5 秒后 HTTP 524",
    behaviour: { kind: "http", status: 524, afterMs: 16_500 },
  },
  { label: "HTTP 500", behaviour: { kind: "http", status: 500 } },
  { label: "HTML, 200", zh: "200 但返回 HTML", behaviour: { kind: "html" } },
  { label: "not JSON", zh: "不是 JSON", behaviour: { kind: "not-json" } },
  { label: "empty body", zh: "空响应", behaviour: { kind: "empty-body" } },
  { label: "delay 5 s", zh: "延迟 5 秒", behaviour: { kind: "delay", afterMs: 5_000 } },
  { label: "no ret", zh: "缺少 ret", behaviour: { kind: "edit-answer", omit: ["ret"] } },
  {
    label: "no message_id",
    zh: "缺少 message_id",
    behaviour: { kind: "edit-answer", omit: ["message_id"] },
    only: "sendmessage",
  },
  {
    label: "no cursor",
    zh: "缺少游标",
    behaviour: { kind: "edit-answer", omit: ["get_updates_buf"] },
    only: "getupdates",
  },
  {
    label: "no bot id",
    zh: "缺少机器人 id",
    behaviour: { kind: "edit-answer", omit: ["ilink_bot_id"] },
    only: "get_qrcode_status",
  },
];

/** Arms faults and shows which are armed. */
export function faultsPanel(app) {
  const { t } = app;
  const aim = createAim(app);
  const custom = h("textarea", { rows: "3", spellcheck: "false" });
  custom.value = '{ "kind": "http", "status": 503, "commit": true }';
  const armed = h("ul", { class: "cards" });
  const armedSection = h("div", { class: "armed", hidden: true }, h("h2", {}, t("armed")), armed);
  const arm = (behaviour) => app.act("arm-fault", { ...aim.read(), behaviour });
  const grid = h("div", { class: "buttons grid" });
  const drawGrid = () => {
    const fitting = presets.filter(({ only }) => !only || only === aim.endpoint());
    replace(grid, fitting, () =>
      fitting.map(({ label, zh, behaviour }) =>
        button(app.language === "zh" ? (zh ?? label) : label, () => arm(behaviour), {
          "data-key": `fault-${label}`,
        }),
      ),
    );
  };
  aim.element.addEventListener("change", drawGrid);
  const armCustom = () => {
    try {
      void arm(JSON.parse(custom.value));
    } catch (error) {
      document.querySelector("#notice").textContent = error.message;
    }
  };
  drawGrid();
  return {
    element: h(
      "div",
      {},
      armedSection,
      h("h2", {}, t("faults")),
      h("p", { class: "help" }, t("faultHelp")),
      aim.element,
      grid,
      h("div", { class: "row" }, field(t("customFault"), custom), button(t("arm"), armCustom)),
    ),
    update() {
      aim.update();
      const { faults } = app.state;
      armedSection.hidden = faults.length === 0;
      document.querySelector("#nav-faults").textContent =
        faults.length === 0 ? t("faults") : `${t("faults")} (${faults.length})`;
      replace(armed, faults, () => faults.map((fault) => armedCard(app, fault)));
    },
  };
}

/** Which calls a fault shall hit. */
function createAim(app) {
  const { t } = app;
  const names = app.schemas.fault.properties.endpoint.enum;
  const endpoint = h(
    "select",
    {},
    names.map((name) => h("option", { value: name }, name)),
  );
  endpoint.value = "sendmessage";
  const bot = h("select", {});
  const nth = h("input", { type: "number", min: "1", value: "1" });
  const times = h("input", { type: "number", min: "1", value: "1" });
  const probability = h("input", { type: "number", min: "0", max: "1", step: "0.05", value: "1" });
  return {
    endpoint: () => endpoint.value,
    element: h(
      "div",
      { class: "aim" },
      field(t("endpoint"), endpoint),
      field(t("bots"), bot),
      field(t("nth"), nth),
      field(t("times"), times),
      field(t("probability"), probability),
    ),
    update() {
      const bots = app.state.bots.map(({ botId }) => [botId, botId]);
      updateSelect(bot, [["", t("any")], ...bots], bot.value);
    },
    read: () => ({
      endpoint: endpoint.value,
      botId: bot.value || undefined,
      nth: Number(nth.value),
      times: times.value === "" ? null : Number(times.value),
      probability: Number(probability.value),
    }),
  };
}

function armedCard(app, { faultId, rule, seen, hits }) {
  const { t } = app;
  const { behaviour, endpoint, botId, nth, times, probability } = rule;
  const where = [
    endpoint,
    botId ?? t("any"),
    `#${nth}`,
    `×${times ?? "∞"}`,
    ...(probability < 1 ? [`p ${probability}`] : []),
    `${t("seen")} ${seen}`,
    `${t("hits")} ${hits}`,
  ];
  return h(
    "li",
    {},
    h("strong", {}, behaviour.kind),
    h("p", { class: "facts" }, where.join(" · ")),
    h("code", {}, JSON.stringify(behaviour)),
    h(
      "span",
      { class: "buttons" },
      button(t("disarm"), () => app.act("disarm-fault", { faultId }), { "data-key": faultId }),
    ),
  );
}
