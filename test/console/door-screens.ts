import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { createUser } from "#core/users/manage-users.ts";
import { handOutLink, inviteUser } from "#core/users/password-links.ts";
import { operator } from "#test/records.ts";
import { openConsole, password, type Look } from "./open-console.ts";
import type { ServedHub } from "./serve-hub.ts";

/** What somebody sees who is not signed in, and what they read when the hub says no. */
export async function takeDoorScreens(
  served: ServedHub,
  browser: Browser,
  { look, out }: { look: Look; out: string },
): Promise<void> {
  const { deps } = served.api;
  const name = `mei ${deps.newId("user").slice(-6)}`;
  const user = await createUser(deps, operator, { name, role: "reviewer", labels: null, password });
  const reset = await handOutLink(deps, operator, user._id);
  const guest = { name: `${name} guest`, role: "operator", labels: ["north"] } as const;
  const invite = await inviteUser(deps, operator, { ...guest, labels: [...guest.labels] });
  const { page } = await openConsole(served, browser, look);
  const keep = async (door: string) => {
    await page.waitForLoadState("networkidle");
    const file = ["door", door, look.language, look.colors, look.size].join("-");
    await page.screenshot({ path: join(out, `${file}.png`) });
  };
  await open(page, "/bots");
  await keep("sign-in");
  await page.locator("input[autocomplete=username]").fill(name);
  await page.locator("input[autocomplete=current-password]").fill("not the password");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  await keep("sign-in-refused");
  for (const [door, secret] of [
    ["invite", invite.secret],
    ["reset", reset.secret],
    ["link-over", "spent"],
  ] as const) {
    // Only what stands behind the `#` differs, for which a browser loads nothing anew.
    await page.goto("about:blank");
    await open(page, `/welcome#${secret}`);
    await keep(door);
  }
  await page.context().close();
}

async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await page.locator("h1").waitFor();
}
