import { botsSection } from "./bots.js";
import { button, field, h, replace } from "./dom.js";
import { loginsSection } from "./logins.js";

/** Users, QR logins and bot accounts. */
export function peoplePanel(app) {
  const { t } = app;
  const users = h("ul", { class: "cards" });
  const logins = loginsSection(app);
  const bots = botsSection(app);
  const people = [h("h2", {}, t("users")), newUserForm(app), users];
  return {
    element: h("div", {}, people, logins.elements, bots.elements),
    update() {
      const known = app.state.users;
      replace(users, known, () =>
        known.length > 0
          ? known.map((user) => userCard(app, user))
          : h("li", { class: "empty" }, t("noUsers")),
      );
      logins.update();
      bots.update();
    },
    tick: () => bots.tick(),
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

function userCard(app, { userId, name }) {
  const open = () => {
    app.choose({ userId });
    app.show("chat");
  };
  const phone = button(name, open, {
    class: "link",
    "data-key": `phone-${userId}`,
    "aria-label": `${app.t("phoneOf")} ${name}`,
  });
  return h("li", {}, h("strong", {}, phone), h("code", {}, userId));
}
