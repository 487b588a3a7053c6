import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDoor, sendJson, type HttpDoor } from "../lambda/http.ts";
import { isStale, serveConsole } from "./serve-console.ts";

let dist: string;
let door: HttpDoor;
beforeAll(async () => {
  dist = await mkdtemp(join(tmpdir(), "console-"));
  await mkdir(join(dist, "assets"));
  await mkdir(join(dist, ".vite"));
  await writeFile(join(dist, "index.html"), "<p>the console</p>");
  await writeFile(join(dist, "assets", "page-a1.js"), "export {};".repeat(100));
  await writeFile(join(dist, ".vite", "manifest.json"), "{}");
  const before = serveConsole(dist);
  door = await openDoor(0, async (request, response) => {
    if (!(await before(request, response))) sendJson(response, 404, { from: "the api" });
  });
});
afterAll(async () => {
  await door.close();
  await rm(dist, { recursive: true });
});

test("each page of the console is its one document, with a strict policy", async () => {
  for (const path of ["/", "/bots/acc_1", "/bots?status=approved"]) {
    const answer = await fetch(door.url + path);
    expect(await answer.text()).toBe("<p>the console</p>");
    expect(answer.headers.get("content-security-policy")).toContain("script-src 'self';");
    expect(answer.headers.get("cache-control")).toBe("no-cache");
  }
});

test("what carries a hash in its name is kept by the browser, and comes compressed", async () => {
  const headers = { "accept-encoding": "br" };
  const answer = await fetch(`${door.url}/assets/page-a1.js`, { headers });
  expect(answer.headers.get("content-encoding")).toBe("br");
  expect(answer.headers.get("cache-control")).toContain("immutable");
  expect(await answer.text()).toBe("export {};".repeat(100));
});

test("the api, what is missing and what lies outside go to the api", async () => {
  const paths = [
    "/api/me",
    "/rescan/x",
    "/assets/gone.js",
    "/.vite/manifest.json",
    "/..%2f..%2fetc%2fx.json",
  ];
  for (const path of paths) {
    expect(await (await fetch(door.url + path)).json()).toEqual({ from: "the api" });
  }
  const posted = await fetch(door.url, { method: "POST" });
  expect(posted.status).toBe(404);
});

test("a build is made anew once a file of its source is newer, however deep, and not before", async () => {
  const source = join(dist, "source");
  await mkdir(join(source, "pages"), { recursive: true });
  const page = join(source, "pages", "bots.tsx");
  const built = join(dist, "built.html");
  await writeFile(page, "");
  expect(await isStale(built, [source])).toBe(true);
  await writeFile(built, "");
  const [before, now, after] = [1_000, 2_000, 3_000];
  await utimes(built, now, now);
  for (const path of [page, join(source, "pages"), source]) await utimes(path, before, before);
  expect(await isStale(built, [source])).toBe(false);
  await utimes(page, after, after);
  expect(await isStale(built, [source])).toBe(true);
});
