import { mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Browser, Page } from "playwright-core";
import { z } from "zod";
import { startDev } from "#local/dev/dev.ts";
import { eventually } from "#local/eventually.ts";
import { realPace } from "#local/pace.ts";
import { launchBrowser } from "./open-console.ts";

/**
 * `npm run screens:docs [-- --out FOLDER --all]`: starts the sample of `npm run dev -- --sample` and
 * takes the pictures that README.md shows; with --all one of every page, to look at.
 */
const { values } = parseArgs({
  options: {
    out: { type: "string", default: join("docs", "screens") },
    all: { type: "boolean", default: false },
    /** Lets the customers write for so long first. */
    wait: { type: "string", default: "45" },
  },
});

type Look = { language: "en" | "zh"; colors: "light" | "dark"; size: "desktop" | "phone" };
/** `path` is given, or found in what the sample has; `height` where more than a screen is to be seen. */
type Shot = {
  name: string;
  path: string | ((api: Api, language: Look["language"]) => Promise<string>);
  look: Look;
  height?: number;
};
type Api = <S extends z.ZodType>(path: string, schema: S) => Promise<z.output<S>>;

const sizes = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const en: Look = { language: "en", colors: "light", size: "desktop" };
const zh: Look = { ...en, language: "zh" };
/** GitHub shows a page of many pictures quickly only if each is small. */
const mostBytes = 150_000;

const kept: readonly Shot[] = [
  { name: "overview", path: "/", look: en, height: 1_080 },
  { name: "review", path: aDraft, look: en },
  { name: "inbox", path: aTalk, look: en },
  { name: "bots", path: "/bots?sort=last-inbound", look: en },
  { name: "run", path: aRun, look: { ...en, colors: "dark" }, height: 720 },
  { name: "delivery", path: "/delivery?state=parked", look: en },
  { name: "hermes", path: "/hermes", look: en },
  { name: "overview-zh", path: "/", look: { ...zh, colors: "dark" }, height: 1_080 },
  { name: "review-phone", path: aDraft, look: { ...en, size: "phone" } },
  { name: "inbox-phone-zh", path: aTalk, look: { ...zh, size: "phone" } },
];

const everyPage = [
  "/",
  "/approvals",
  "/bots",
  "/bots/new",
  "/runs",
  "/delivery?state=dead",
  "/delivery?state=parked",
  "/delivery?state=jobs",
  "/hermes",
  "/policies",
  "/users",
  "/audit",
  "/settings",
];

const Named = z.object({ items: z.array(z.object({ _id: z.string() })) });
const Drafts = z.object({
  items: z.array(z.object({ _id: z.string(), outputText: z.string().nullable() })),
});
const Texts = z.object({ items: z.array(z.object({ text: z.string().nullable() })) });

const fewWords = { en: 80, zh: 30 };

const say = (line: string) => process.stderr.write(`${line}\n`);
await main();

async function main(): Promise<void> {
  await using parts = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), "hub-screens-"));
  parts.defer(() => rm(dataDir, { recursive: true }));
  const lines: string[] = [];
  const dev = await startDev({
    options: { dataDir, port: 0, pace: realPace, built: false, sample: true },
    environment: { settings: {}, databaseUri: null, databaseName: "", notes: [] },
    say: (line) => lines.push(line),
  });
  parts.defer(() => dev.stop());
  const { url, token, ...signIn } = placeIn(lines.join("\n"));
  const api = apiOf(url, token);
  const browser = await launchBrowser();
  parts.defer(() => browser.close());
  await mkdir(values.out, { recursive: true });
  await untilAnswered(api);
  for (const shot of values.all ? allShots() : kept) {
    await take(browser, { url, signIn, shot, api });
  }
}

function placeIn(output: string) {
  const [, url = "", token = ""] = /export HUB=(\S+) TOKEN=(\S+)/.exec(output) ?? [];
  const [, name = "", password = ""] = /name (\S+), password (\S+)/.exec(output) ?? [];
  return { url, token, name, password };
}

function apiOf(url: string, token: string): Api {
  const headers = { authorization: `Bearer ${token}` };
  return async (path, schema) => {
    const answer = await fetch(new URL(path, url), { headers });
    return schema.parse(await answer.json());
  };
}

async function firstOf(api: Api, path: string): Promise<string> {
  return (await api(path, Named)).items[0]?._id ?? "";
}

/** Somebody wrote since the start, so that the newest lines are fresh. */
async function untilAnswered(api: Api): Promise<void> {
  const newest = () => firstOf(api, "/api/agent-runs?status=sent&limit=1");
  const before = await newest();
  await eventually(
    "a customer was answered",
    async () => ((await newest()) === before ? null : true),
    Number(values.wait) * 1_000,
  );
}

function isIn(language: Look["language"], text: string | null): boolean {
  return text !== null && /\p{Script=Han}/u.test(text) === (language === "zh");
}

/** The most urgent draft in the reader's language with more than a few words. */
async function aDraft(api: Api, language: Look["language"]): Promise<string> {
  const { items } = await api("/api/reviews?limit=50", Drafts);
  const fitting = items.filter(({ outputText }) => isIn(language, outputText));
  const chosen = fitting.find(({ outputText }) => (outputText?.length ?? 0) > fewWords[language]);
  return `/review/${chosen?._id ?? ""}`;
}

/** The newest talk in the reader's language that fills a screen. */
async function aTalk(api: Api, language: Look["language"]): Promise<string> {
  const { items } = await api("/api/conversations?limit=50", Named);
  for (const { _id } of items) {
    const said = (await api(`/api/conversations/${_id}/messages?limit=50`, Texts)).items;
    if (said.length >= 9 && isIn(language, said.map(({ text }) => text).join(" "))) {
      return `/inbox/${_id}`;
    }
  }
  return "/inbox";
}

/** A run that waited while Hermes was away says most. */
async function aRun(api: Api): Promise<string> {
  const Runs = z.object({
    items: z.array(z.object({ _id: z.string(), attemptCount: z.number() })),
  });
  const { items } = await api("/api/agent-runs?status=sent&limit=200", Runs);
  return `/runs/${items.find(({ attemptCount }) => attemptCount > 1)?._id ?? ""}`;
}

async function aBot(api: Api): Promise<string> {
  return `/bots/${await firstOf(api, "/api/accounts?status=approved&limit=1")}`;
}

function allShots(): Shot[] {
  const found = { review: aDraft, inbox: aTalk, run: aRun, bot: aBot };
  const pages: [string, Shot["path"]][] = [
    ...everyPage.map((path): [string, string] => [
      path.replaceAll(/[^a-z]+/gi, "-").replace(/^-|-$/g, "") || "overview",
      path,
    ]),
    ...Object.entries(found),
  ];
  return pages.flatMap(([name, path]) => [
    { name: `${name}-en`, path, look: en },
    { name: `${name}-zh-dark`, path, look: { ...zh, colors: "dark" } as const },
    { name: `${name}-phone`, path, look: { ...zh, size: "phone" } as const },
  ]);
}

async function take(
  browser: Browser,
  of: { url: string; signIn: { name: string; password: string }; shot: Shot; api: Api },
): Promise<void> {
  const { url, signIn, shot, api } = of;
  const { language, colors, size } = shot.look;
  const context = await browser.newContext({
    baseURL: url,
    locale: language === "zh" ? "zh-CN" : "en-GB",
    timezoneId: "Asia/Shanghai",
    colorScheme: colors,
    reducedMotion: "reduce",
    viewport: { ...sizes[size], ...(shot.height === undefined ? {} : { height: shot.height }) },
    hasTouch: size === "phone",
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => say(`${shot.name}: ${error.message}`));
  await page.context().request.post("/api/sign-in", { data: signIn });
  await page.goto(typeof shot.path === "string" ? shot.path : await shot.path(api, language));
  await settled(page);
  const path = join(values.out, `${shot.name}.png`);
  await page.screenshot({ path });
  const { size: bytes } = await stat(path);
  say(`${path}  ${Math.round(bytes / 1_000)} kB${bytes > mostBytes ? "  too large" : ""}`);
  await context.close();
}

async function settled(page: Page): Promise<void> {
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.waitForLoadState("networkidle");
  for (const waiting of ["[aria-busy=true]", ".mantine-Skeleton-root"]) {
    await page.locator(waiting).first().waitFor({ state: "detached" });
  }
  await page.waitForLoadState("networkidle");
}
