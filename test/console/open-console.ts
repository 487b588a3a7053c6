import sparticuz from "@sparticuz/chromium";
import { chromium, type Browser, type Page } from "playwright-core";
import type { Role } from "#console/client/me.ts";
import type { Language } from "#console/texts/language.tsx";
import { createUser } from "#core/users/manage-users.ts";
import { operator } from "#test/records.ts";
import type { ServedHub } from "./serve-hub.ts";

export const sizes = {
  desktop: { width: 1360, height: 860 },
  phone: { width: 390, height: 844 },
} as const;

export type Look = {
  language: Language;
  colors: "light" | "dark";
  size: keyof typeof sizes;
};

export const usualLook: Look = { language: "en", colors: "light", size: "desktop" };

export const password = "correct horse battery";

/** What the console must never say: errors of scripts, and what its policy refused. */
export type Opened = { page: Page; complaints: string[] };

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await sparticuz.executablePath(),
    args: ["--no-sandbox"],
  });
}

/** A browser of somebody who has not signed in. */
export async function openConsole(
  { url }: ServedHub,
  browser: Browser,
  look: Partial<Look> = {},
): Promise<Opened> {
  const { language, colors, size } = { ...usualLook, ...look };
  const context = await browser.newContext({
    baseURL: url,
    locale: language === "zh" ? "zh-CN" : "en-GB",
    colorScheme: colors,
    reducedMotion: "reduce",
    viewport: sizes[size],
    hasTouch: size === "phone",
  });
  // As long as a machine may take that does five other things.
  context.setDefaultTimeout(90_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (line) => {
    // The browser's own note of a status below 500 is an answer that the page puts into words.
    const isRefusal = /the server responded with a status of 4\d\d/.test(line.text());
    if (line.type() === "error" && !isRefusal) complaints.push(line.text());
  });
  return { page, complaints };
}

/** A new user of this role, already signed in; `path` is not opened yet. */
export async function signedIn(
  served: ServedHub,
  browser: Browser,
  given: { role?: Role; labels?: string[] | null; look?: Partial<Look> } = {},
): Promise<Opened & { name: string }> {
  const { role = "owner", labels = null, look = {} } = given;
  const { deps } = served.api;
  const name = `${role} ${deps.newId("user").slice(-6)}`;
  await createUser(deps, operator, { name, role, labels, password });
  const opened = await openConsole(served, browser, look);
  const data = { name, password };
  const answer = await opened.page.context().request.post("/api/sign-in", { data });
  if (!answer.ok()) throw new Error(`The sign-in was answered ${answer.status()}.`);
  return { ...opened, name };
}
