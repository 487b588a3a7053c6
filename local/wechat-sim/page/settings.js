import { button, h } from "./dom.js";

const refusals = [
  { style: "refuse", ret: -2, errmsg: "prepare failed" },
  { style: "refuse", ret: -2, errmsg: "rate limited" },
  { style: "refuse", ret: -2, errmsg: "unknown error" },
  { style: "refuse", ret: -2, errmsg: "" },
  { style: "drop", answer: "no-message-id" },
  { style: "drop", answer: "empty-object" },
  { style: "drop", answer: "with-message-id" },
  { style: "late", deliverAfterMs: 60_000 },
  { style: "commit-then-disconnect" },
];

/** Every rule and duration, drawn from the config's own schema. */
export function settingsPanel(app) {
  const { t } = app;
  const controls = [];
  const sections = Object.entries(app.schemas.config.properties).map(([section, { properties }]) =>
    h(
      "details",
      { "data-key": section, class: "settings" },
      h("summary", {}, section),
      Object.entries(properties).map(([name, schema]) => {
        const control = createControl(app, section, name, schema);
        controls.push({ section, name, control });
        return settingRow(app, `${section}.${name}`, schema, control);
      }),
    ),
  );
  return {
    element: h(
      "div",
      {},
      h("h2", {}, t("settings")),
      h("p", { class: "help" }, t("settingsHelp")),
      sections,
    ),
    update() {
      for (const { section, name, control } of controls) {
        // What somebody is typing is not overwritten.
        if (control.element.contains(document.activeElement)) continue;
        control.show(app.state.config[section][name]);
      }
    },
  };
}

function settingRow(app, id, schema, control) {
  const help = app.language === "zh" ? schema.zh : schema.description;
  const label = h("label", { for: id }, h("code", {}, id.split(".")[1]));
  return h("div", { class: "setting" }, label, control.element, h("small", {}, help));
}

function createControl(app, section, name, schema) {
  const id = `${section}.${name}`;
  const save = (value) => app.act("configure", { [section]: { [name]: value } });
  if (schema.type === "boolean") return checkbox(id, save);
  if (schema.enum)
    return choice(
      id,
      schema.enum.map((value) => [value, value]),
      save,
    );
  if (schema.items?.enum) return checkboxes(schema.items.enum, save);
  if (schema.oneOf)
    return choice(
      id,
      refusals.map((value) => [value, refusalLabel(value)]),
      save,
    );
  const kinds = (schema.anyOf ?? [schema]).map(({ type }) => type);
  if (kinds.every((type) => type === "integer" || type === "null")) return number(id, save);
  return json(app, id, save);
}

function refusalLabel({ style, ...rest }) {
  return [style, ...Object.values(rest).map((value) => (value === "" ? "(empty)" : value))].join(
    " ",
  );
}

function checkbox(id, save) {
  const element = h("input", { id, type: "checkbox", onchange: () => save(element.checked) });
  return {
    element,
    show: (value) => {
      element.checked = value;
    },
  };
}

function checkboxes(values, save) {
  const boxes = values.map((value) => h("input", { type: "checkbox", value }));
  const element = h(
    "span",
    {
      class: "checks",
      onchange: () => save(boxes.filter(({ checked }) => checked).map(({ value }) => value)),
    },
    boxes.map((box) => h("label", { class: "check" }, box, box.value)),
  );
  return {
    element,
    show: (chosen) => {
      for (const box of boxes) box.checked = chosen.includes(box.value);
    },
  };
}

/** Values are compared as JSON; one that is not in the list is added to it. */
function choice(id, values, save) {
  const element = h(
    "select",
    { id, onchange: () => save(JSON.parse(element.value)) },
    values.map(([value, label]) => h("option", { value: JSON.stringify(value) }, label)),
  );
  return {
    element,
    show: (value) => {
      const text = JSON.stringify(value);
      if (![...element.options].some((option) => option.value === text)) {
        element.append(h("option", { value: text }, text));
      }
      element.value = text;
    },
  };
}

function number(id, save) {
  const onchange = () => save(element.value === "" ? null : Number(element.value));
  const element = h("input", { id, type: "number", min: "0", onchange });
  return {
    element,
    show: (value) => {
      element.value = value ?? "";
    },
  };
}

function json(app, id, save) {
  const input = h("input", { id, type: "text", spellcheck: "false" });
  const submit = () => {
    try {
      void save(JSON.parse(input.value));
    } catch (error) {
      document.querySelector("#notice").textContent = error.message;
    }
  };
  return {
    element: h("span", { class: "row" }, input, button(app.t("save"), submit)),
    show: (value) => {
      input.value = JSON.stringify(value);
    },
  };
}
