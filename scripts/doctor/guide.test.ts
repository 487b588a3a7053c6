import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { areas } from "./check-line.ts";
import { faults } from "./faults.ts";
import { runDoctor } from "./run-doctor.ts";
import { testContext } from "./test-context.ts";

const root = join(import.meta.dirname, "..", "..");
const read = (file: string) => readFile(join(root, file), "utf8");
const guide = await read("docs/hermes.md");

/** A table's rows as their cells, without the padding of the formatter. */
const rows = guide
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe("docs/hermes.md", () => {
  test("has each fault of the doctor with its own words, in the doctor's order, and no other", () => {
    const first = rows.findIndex(([cell]) => cell === "fault");
    const told = rows.slice(first + 2);
    const known = Object.entries(faults).map(([name, { cause, cure }]) => [
      `\`${name}\``,
      cause,
      cure,
    ]);
    expect(told).toEqual(known);
  });

  test("names each line of the doctor", async () => {
    const { checks } = await runDoctor(testContext({}));
    for (const area of areas.filter((each) => each !== "settings")) {
      const told = rows
        .map(([cell = ""]) => cell)
        .filter((cell) => cell.startsWith(`\`${area}\` `))
        .flatMap((cell) => cell.slice(area.length + 3).split(", "));
      const names = checks.filter((line) => line.area === area).map(({ name }) => name);
      expect(told, area).toEqual(names);
    }
  });

  test("leads to files that are there", async () => {
    const links = [...guide.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, file = ""]) => file);
    expect(links.length).toBeGreaterThan(0);
    for (const file of links) await expect(read(join("docs", file))).resolves.not.toBe("");
  });
});

test("every fault has a story in some test", async () => {
  const files = (await readdir(import.meta.dirname)).filter((file) => file.endsWith(".test.ts"));
  const tests = await Promise.all(files.map((file) => read(join("scripts/doctor", file))));
  const untold = Object.keys(faults).filter((name) => !tests.some((text) => text.includes(name)));
  expect(untold).toEqual([]);
});

const Service = z.object({
  image: z.string().optional(),
  build: z.string().optional(),
  profiles: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  extra_hosts: z.array(z.string()).default([]),
});
const Compose = z.object({ services: z.record(z.string(), Service) });

async function servicesOf(file: string): Promise<Record<string, z.infer<typeof Service>>> {
  return Compose.parse(parse(await read(file))).services;
}

describe("compose.yaml", () => {
  test("starts MongoDB alone unless profiles ask for Hermes or the hub", async () => {
    const services = await servicesOf("compose.yaml");
    expect(Object.entries(services).map(([name, { profiles }]) => [name, profiles])).toEqual([
      ["mongodb", []],
      ["hermes", ["hermes"]],
      ["hub", ["hub"]],
    ]);
  });

  test("publishes every port to this machine alone", async () => {
    const services = await servicesOf("compose.yaml");
    const ports = Object.values(services).flatMap((service) => service.ports);
    expect(ports).toHaveLength(3);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test("lets the hub reach the host, the database and the ports of npm run dev", async () => {
    const { hub } = await servicesOf("compose.yaml");
    expect(hub?.extra_hosts).toEqual(["host.docker.internal:host-gateway"]);
    expect(hub?.environment["MONGODB_URI"]).toBe("mongodb://mongodb:27017/");
    expect(hub?.ports).toEqual(["127.0.0.1:8070-8073:8070-8073"]);
    expect(await read("scripts/container/start.sh")).toContain("for port in 8070 8071 8072 8073;");
  });

  test("keeps .env out of the image", async () => {
    expect((await read(".dockerignore")).split("\n")).toEqual(
      expect.arrayContaining([".env", ".env.*", "!.env.example"]),
    );
  });
});

describe("the Compose file of the tunnel", () => {
  test("publishes no port: only cloudflared gets to Hermes", async () => {
    const services = await servicesOf("docs/tunnels/hermes-cloudflared.compose.yaml");
    expect(Object.keys(services)).toEqual(["hermes", "cloudflared"]);
    expect(Object.values(services).flatMap(({ ports }) => ports)).toEqual([]);
  });

  test.each(["compose.yaml", "docs/tunnels/hermes-cloudflared.compose.yaml"])(
    "%s holds no secret, only the names of variables",
    async (file) => {
      const services = Object.values(await servicesOf(file));
      const secrets = services
        .flatMap(({ environment }) => Object.entries(environment))
        .filter(([name]) => /KEY|TOKEN/.test(name));
      expect(secrets.length).toBeGreaterThan(0);
      for (const [, value] of secrets) expect(value).toMatch(/^\$\{[A-Z_]+:[-?].*\}$/);
    },
  );
});
