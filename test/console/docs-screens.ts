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
type Shot = { name: string; path: string; look: Look; open?: (page: Page) => Promise<void> };

const sizes = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const en: Look = { language: "en", colors: "light", size: "desktop" };
const zh: Look = { ...en, language: "zh" };
/** GitHub shows a page of many pictures quickly only if each is small. */
const mostBytes = 150_000;

const kept: readonly Shot[] = [
  { name: "overview", path: "/", look: en },
  { name: "review", path: "/review", look: en, open: openDraft },
  { name: "inbox", path: "/inbox", look: en, open: openTalk },
  { name: "bots", path: "/bots", look: en },
  { name: "runs", path: "/runs", look: { ...en, colors: "dark" } },
  { name: "delivery", path: "/delivery?state=dead", look: en },
  { name: "hermes", path: "/hermes", look: en },
  { name: "overview-zh", path: "/", look: { ...zh, colors: "dark" } },
  { name: "review-phone", path: "/review", look: { ...en, size: "phone" }, open: openDraft },
  { name: "inbox-phone-zh", path: "/inbox", look: { ...zh, size: "phone" }, open: openTalk },
];

const everyPage = [
  "/",
  "/inbox",
  "/review",
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
  const browser = await launchBrowser();
  parts.defer(() => browser.close());
  await mkdir(values.out, { recursive: true });
  await untilAnswered(url, token);
  for (const shot of values.all ? await allShots(url, token) : kept) {
    await take(browser, { url, signIn, shot });
  }
}

function placeIn(output: string) {
  const [, url = "", token = ""] = /export HUB=(\S+) TOKEN=(\S+)/.exec(output) ?? [];
  const [, name = "", password = ""] = /name (\S+), password (\S+)/.exec(output) ?? [];
  return { url, token, name, password };
}

const Named = z.object({ items: z.array(z.object({ _id: z.string() })) });

async function firstOf(url: string, token: string, path: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(new URL(path, url), { headers });
  return Named.parse(await answer.json()).items[0]?._id ?? "";
}

/** Somebody wrote since the start, so that the newest lines are fresh. */
async function untilAnswered(url: string, token: string): Promise<void> {
  const before = await firstOf(url, token, "/api/agent-runs?limit=1");
  await eventually(
    "a customer wrote",
    async () => ((await firstOf(url, token, "/api/agent-runs?limit=1")) === before ? null : true),
    Number(values.wait) * 1_000,
  );
}

async function allShots(url: string, token: string): Promise<Shot[]> {
  const bot = await firstOf(url, token, "/api/accounts?status=approved&limit=1");
  const run = await firstOf(url, token, "/api/agent-runs?status=sent&limit=1");
  const paths = [...everyPage, `/bots/${bot}`, `/runs/${run}`];
  return paths.flatMap((path) => {
    const name = path.replaceAll(/[^a-z]+/gi, "-").replace(/^-|-$/g, "") || "overview";
    const open = path === "/review" ? openDraft : path === "/inbox" ? openTalk : undefined;
    const shot = (look: Look, suffix: string): Shot => ({
      name: `${name.slice(0, 24)}-${suffix}`,
      path,
      look,
      ...(open ? { open } : {}),
    });
    const phone = { ...zh, size: "phone" } as const;
    return [shot(en, "en"), shot({ ...zh, colors: "dark" }, "zh-dark"), shot(phone, "phone")];
  });
}

async function take(
  browser: Browser,
  of: { url: string; signIn: { name: string; password: string }; shot: Shot },
): Promise<void> {
  const { url, signIn, shot } = of;
  const { language, colors, size } = shot.look;
  const context = await browser.newContext({
    baseURL: url,
    locale: language === "zh" ? "zh-CN" : "en-GB",
    timezoneId: "Asia/Shanghai",
    colorScheme: colors,
    reducedMotion: "reduce",
    viewport: sizes[size],
    hasTouch: size === "phone",
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => say(`${shot.name}: ${error.message}`));
  await page.context().request.post("/api/sign-in", { data: signIn });
  await page.goto(shot.path);
  await settled(page);
  await shot.open?.(page);
  const path = join(values.out, `${shot.name}.png`);
  await page.screenshot({ path });
  const { size: bytes } = await stat(path);
  say(`${path}  ${Math.round(bytes / 1_000)} kB${bytes > mostBytes ? "  too large" : ""}`);
  await context.close();
}

async function settled(page: Page): Promise<void> {
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.locator("[aria-busy=true]").waitFor({ state: "detached" });
  await page.waitForLoadState("networkidle");
}

/** Opens a draft with something to decide: the first that is shown opens by itself. */
async function openDraft(page: Page): Promise<void> {
  await settled(page);
}

async function openTalk(page: Page): Promise<void> {
  await page.locator("a[href^='/inbox/cnv_']").first().click();
  await settled(page);
}
