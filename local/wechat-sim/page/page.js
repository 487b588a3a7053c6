import { get, post } from "./api.js";
import { callsPanel } from "./calls.js";
import { chatPanel } from "./chat.js";
import { button, h } from "./dom.js";
import { faultsPanel } from "./faults.js";
import { peoplePanel } from "./people.js";
import { settingsPanel } from "./settings.js";
import { translator } from "./text.js";

const panels = {
  people: peoplePanel,
  chat: chatPanel,
  faults: faultsPanel,
  settings: settingsPanel,
  calls: callsPanel,
};
const sideViews = ["faults", "settings", "calls"];
const quietMs = 200;

const app = {
  state: null,
  schemas: null,
  language: localStorage.getItem("language") ?? (navigator.language.startsWith("zh") ? "zh" : "en"),
  t: (key) => key,
  userId: "",
  botId: "",
  fetchedAt: 0,
  /** WeChat's time now. */
  now: () => Date.now() + app.state.now - app.fetchedAt,
  nameOf: (userId) => app.state.users.find((user) => user.userId === userId)?.name ?? userId,
  act,
  show,
  choose,
};

let mounted = {};
let refreshing = null;
let again = false;

await start();

async function start() {
  app.schemas = await get("schemas");
  await load();
  mount();
  const events = new EventSource("/_sim/events");
  events.addEventListener("message", refreshSoon);
  events.addEventListener("open", () => document.body.classList.remove("offline"));
  events.addEventListener("error", () => document.body.classList.add("offline"));
  setInterval(tick, 1000);
}

/** Builds everything anew, for a start or another language. */
function mount() {
  app.t = translator(app.language);
  document.documentElement.lang = app.language === "zh" ? "zh-CN" : "en";
  document.title = app.t("title");
  mounted = Object.fromEntries(Object.entries(panels).map(([name, create]) => [name, create(app)]));
  const sections = Object.entries(mounted).map(([name, { element }]) =>
    h("section", { id: name, class: "panel", "aria-label": app.t(name) }, element),
  );
  document.body.replaceChildren(header(), h("main", {}, sections), navigation(), notices());
  show(document.body.dataset.view ?? "chat");
}

function header() {
  const advance = (label, ms) => button(label, () => act("advance-clock", { ms }));
  return h(
    "header",
    {},
    h("h1", {}, app.t("title")),
    h("code", { title: app.t("apiBase") }, app.state.url),
    h("span", { class: "clock" }, `${app.t("clock")} `, h("time", { id: "clock" })),
    h(
      "span",
      { class: "buttons" },
      advance("+1 min", 60_000),
      advance("+1 h", 3_600_000),
      advance("+24 h", 86_400_000),
      button(app.t("otherLanguage"), switchLanguage, { class: "language" }),
    ),
    h("p", { class: "offline-note", role: "status" }, app.t("offline")),
  );
}

function navigation() {
  return h(
    "nav",
    { "aria-label": app.t("title") },
    Object.keys(panels).map((name) =>
      button(app.t(name), () => show(name), { id: `nav-${name}`, "data-key": `nav-${name}` }),
    ),
  );
}

function notices() {
  return h("p", { id: "notice", role: "alert" });
}

/** On a narrow screen one panel shows; on a wide one people and chat always do. */
function show(view) {
  document.body.dataset.view = view;
  if (sideViews.includes(view) || !document.body.dataset.side) {
    document.body.dataset.side = sideViews.includes(view) ? view : "faults";
  }
  for (const item of document.querySelectorAll("nav button")) {
    const current = item.id === `nav-${view}`;
    if (current) item.setAttribute("aria-current", "page");
    else item.removeAttribute("aria-current");
    item.classList.toggle("side", item.id === `nav-${document.body.dataset.side}`);
  }
  refreshSoon();
}

function choose({ userId = app.userId, botId = app.botId }) {
  app.userId = userId;
  app.botId = botId;
  refreshSoon();
}

function switchLanguage() {
  app.language = app.language === "zh" ? "en" : "zh";
  localStorage.setItem("language", app.language);
  mount();
}

/** Does something and shows what went wrong; gives the answer, or null. */
async function act(verb, input) {
  const notice = document.querySelector("#notice");
  try {
    const answer = await post(verb, input);
    notice.textContent = "";
    refreshSoon();
    return answer;
  } catch (error) {
    notice.textContent = error.message;
    return null;
  }
}

async function load() {
  app.state = await get("state");
  app.fetchedAt = Date.now();
  keepChoice();
}

/** Something is chosen as soon as there is something to choose: at first the newest conversation. */
function keepChoice() {
  const { users, bots } = app.state;
  if (app.userId === "") {
    const contacts = bots.flatMap(({ botId, contacts }) =>
      contacts.map(({ userId, lastInboundAt }) => ({ userId, botId, at: lastInboundAt ?? 0 })),
    );
    const [newest] = contacts.toSorted((a, b) => b.at - a.at);
    if (newest) Object.assign(app, { userId: newest.userId, botId: newest.botId });
  }
  if (!users.some(({ userId }) => userId === app.userId)) app.userId = users[0]?.userId ?? "";
  if (!bots.some(({ botId }) => botId === app.botId)) {
    const own = bots.find(
      ({ ownerUserId, status }) => ownerUserId === app.userId && status === "live",
    );
    app.botId =
      (own ?? bots.findLast(({ status }) => status === "live") ?? bots.at(-1))?.botId ?? "";
  }
}

function refreshSoon() {
  again = true;
  refreshing ??= refreshLoop().finally(() => {
    refreshing = null;
  });
}

/** Many changes in a row are read once per quiet time. */
async function refreshLoop() {
  while (again) {
    again = false;
    await refresh();
    await new Promise((resolve) => {
      setTimeout(resolve, quietMs);
    });
  }
}

async function refresh() {
  try {
    await load();
    await update();
    document.body.classList.remove("offline");
  } catch {
    // The event stream connects again by itself and brings the next change.
    document.body.classList.add("offline");
  }
}

async function update() {
  tick();
  await Promise.all(Object.values(mounted).map((panel) => panel.update()));
}

function tick() {
  const clock = document.querySelector("#clock");
  if (clock) clock.textContent = new Date(app.now()).toLocaleString(document.documentElement.lang);
  for (const panel of Object.values(mounted)) panel.tick?.();
}
