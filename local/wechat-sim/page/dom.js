/**
 * Makes an element. Text always becomes a text node, so nothing a user typed is read as HTML.
 * Properties starting with "on" are listeners; null, undefined and false are left out.
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/**
 * Puts new children in when their data have changed. Focus and open details stay with the
 * element that has the same data-key.
 */
export function replace(container, data, build) {
  const signature = JSON.stringify(data);
  if (container.dataset.signature === signature) return false;
  container.dataset.signature = signature;
  const focused = container.contains(document.activeElement)
    ? document.activeElement.dataset.key
    : undefined;
  const open = new Set(
    [...container.querySelectorAll("details[open]")].map(({ dataset }) => dataset.key),
  );
  container.replaceChildren(...[build()].flat());
  for (const details of container.querySelectorAll("details")) {
    if (open.has(details.dataset.key)) details.open = true;
  }
  if (focused) container.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  return true;
}

/** A select whose choices may change while it is in use. */
export function updateSelect(select, options, value) {
  replace(select, options, () => options.map(([id, label]) => h("option", { value: id }, label)));
  select.value = value ?? "";
}

export function field(label, control) {
  return h("label", { class: "field" }, h("span", {}, label), control);
}

export function button(label, onclick, properties = {}) {
  return h("button", { type: "button", onclick, ...properties }, label);
}
