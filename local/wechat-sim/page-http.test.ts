import { readdir, readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { withSim } from "./sim-story.ts";

const folder = new URL("page/", import.meta.url);

describe("the page", () => {
  it("is served with everything it loads, under a policy that allows nothing else", async () => {
    const { url } = await withSim();
    const home = await fetch(url);
    expect(home.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await home.text()).toContain('src="/page.js"');
    for (const name of await readdir(folder)) {
      if (name.endsWith(".html")) continue;
      const file = await fetch(`${url}/${name}`);
      expect([name, file.status]).toEqual([name, 200]);
      const type = file.headers.get("content-type");
      expect(type).toMatch(/^(text\/javascript|text\/css|image\/svg\+xml)/);
    }
  });

  it("serves nothing outside its folder", async () => {
    const { url } = await withSim();
    for (const path of ["/main.ts", "/../main.js", "/%2e%2e/main.js", "/nothing.js"]) {
      expect((await fetch(`${url}${path}`)).status).toBe(404);
    }
  });

  it("never reads what users typed as HTML", async () => {
    for (const name of await readdir(folder)) {
      const source = await readFile(new URL(name, folder), "utf8");
      expect(source).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write/);
    }
  });

  it("has every label in both languages", async () => {
    const sources = await Promise.all(
      (await readdir(folder)).map((name) => readFile(new URL(name, folder), "utf8")),
    );
    const used = sources.flatMap((source) =>
      [...source.matchAll(/(?<![\w.])t\("(\w+)"\)/g)].map(([, key]) => key ?? ""),
    );
    const labels = await readFile(new URL("text.js", folder), "utf8");
    for (const key of new Set(used)) {
      expect(labels).toMatch(new RegExp(`^  ${key}: \\[\\s*"[^"]+",\\s*"[^"]+",?\\s*\\]`, "m"));
    }
    expect(used.length).toBeGreaterThan(40);
  });
});
