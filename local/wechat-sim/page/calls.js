import { get } from "./api.js";
import { h, replace } from "./dom.js";
import { clockTime } from "./format.js";

/** The last iLink calls, newest first. */
export function callsPanel(app) {
  const { t } = app;
  const list = h("div", { class: "calls" });
  return {
    element: h("div", {}, h("h2", {}, t("calls")), h("p", { class: "help" }, t("lastCalls")), list),
    async update() {
      const shown = [document.body.dataset.view, document.body.dataset.side].includes("calls");
      if (!shown) return;
      const calls = (await get("calls")).toReversed();
      replace(list, calls, () =>
        calls.length > 0
          ? calls.map((call) => callDetails(app, call))
          : h("p", { class: "empty" }, t("noCalls")),
      );
    },
  };
}

function callDetails(app, call) {
  const { t } = app;
  const { callId, at, endpoint, botId, fault, status, outcome, durationMs, warnings } = call;
  const result = outcome === null ? t("held") : `${status ?? outcome} ${durationMs} ms`;
  const parts = [
    [t("request"), call.request],
    [t("response"), call.response ?? outcome ?? t("held")],
    [t("headers"), JSON.stringify(call.headers, null, 1)],
    [t("warnings"), warnings.join("\n")],
  ].filter(([, text]) => text);
  return h(
    "details",
    { "data-key": callId },
    h(
      "summary",
      { "data-key": `${callId}-line` },
      h("time", {}, clockTime(at)),
      h("b", {}, endpoint),
      h("code", {}, botId ?? ""),
      h("span", {}, result),
      h("span", { class: "answer" }, shortAnswer(call)),
      fault ? h("span", { class: "badge fault" }, fault) : null,
      warnings.length > 0 ? h("span", { class: "badge warn" }, `! ${warnings.length}`) : null,
    ),
    parts.map(([label, text]) => [h("h3", {}, label), h("pre", {}, text)]),
  );
}

function shortAnswer({ response }) {
  return (response ?? "").slice(0, 80);
}
