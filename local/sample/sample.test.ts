import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { startDevProcess } from "../dev/dev-process.ts";
import { eventually } from "../eventually.ts";
import type { HubClient } from "../hub-client.ts";

const Items = z.object({ items: z.array(z.looseObject({ _id: z.string() })) });
const Runs = z.object({
  items: z.array(z.object({ status: z.string(), createdAt: z.string(), inputText: z.string() })),
});
const Overview = z.object({
  tiles: z.object({
    accounts: z.number(),
    pendingApproval: z.number(),
    loginExpired: z.number(),
    drafts: z.number(),
    parked: z.number(),
    undelivered: z.number(),
  }),
});
const Hermes = z.object({
  items: z.array(z.object({ reachability: z.array(z.object({ share: z.number().nullable() })) })),
});

async function countOf(client: HubClient, path: string): Promise<number> {
  return (await client.call("GET", path, Items)).items.length;
}

test("npm run dev -- --sample has bots, work for people, a past outage, and answers who writes", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "hub-sample-"));
  onTestFinished(() => rm(dataDir, { recursive: true, maxRetries: 5 }));
  const startedAt = new Date();
  const start = () => {
    const dev = startDevProcess({ dataDir, args: ["--sample"], env: { ...unwanted } });
    onTestFinished(async () => void (await dev.ended("SIGKILL")));
    return dev;
  };
  const first = start();
  const { client } = await first.started();
  expect(first.lines.join("\n")).toMatch(/sign in +name owner, password \S+/);
  expect(first.lines.join("\n")).toContain("leaves these settings alone: ALERT_WEBHOOK_URL");

  const { tiles } = await client.call("GET", "/api/statistics/overview", Overview);
  expect(tiles).toMatchObject({ accounts: 30, pendingApproval: 3, loginExpired: 3 });
  for (const path of ["reviews", "outbound?state=dead", "outbound?state=parked", "dead-jobs"]) {
    expect(await countOf(client, `/api/${path}`), path).toBeGreaterThan(0);
  }
  const [hermes] = (await client.call("GET", "/api/hermes", Hermes)).items;
  const shares = hermes?.reachability.map(({ share }) => share ?? 1) ?? [];
  expect(Math.min(...shares)).toBeLessThan(1);
  expect(shares.at(-1)).toBe(1);

  const [draft] = (await client.call("GET", "/api/reviews", Items)).items;
  await client.call("POST", `/api/reviews/${draft?._id}/approve`, z.object({}), {});
  await eventually(
    "the simulator takes what was approved of yesterday's",
    async () => {
      const Detail = z.object({ run: z.object({ status: z.string() }) });
      const { run } = await client.call("GET", `/api/agent-runs/${draft?._id}`, Detail);
      return run.status === "sent" ? true : null;
    },
    90_000,
  );

  await eventually(
    "somebody wrote by themselves and was answered",
    async () => {
      const { items } = await client.call("GET", "/api/agent-runs?status=sent&limit=20", Runs);
      return items.some(({ createdAt }) => new Date(createdAt) > startedAt) ? true : null;
    },
    90_000,
  );
  expect(await first.ended("SIGINT")).toBe(0);

  const second = start();
  const again = await second.started();
  expect(await countOf(again.client, "/api/accounts?limit=200")).toBe(30);
  expect(second.lines.join("\n")).toMatch(/sign in +name owner, password \S+/);
  expect(await second.ended("SIGINT")).toBe(0);
}, 300_000);

/** What must reach nobody from a sample. */
const unwanted = { ALERT_WEBHOOK_URL: `http://127.0.0.1:9/${randomUUID()}` };
