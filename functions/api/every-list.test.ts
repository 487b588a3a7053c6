import { expect, test } from "vitest";
import { z } from "zod";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { createApp } from "./app.ts";

const { db } = withDatabase();
const app = createApp({
  ...testDeps(db()),
  schedules: { put: async () => {}, remove: async () => {} },
  pollStarter: { watchLogin: async () => {} },
});

const Schema = z.looseObject({ properties: z.record(z.string(), z.unknown()).optional() });
const Operation = z.object({
  parameters: z.array(z.object({ name: z.string(), in: z.string() })).default([]),
  responses: z.record(
    z.string(),
    z.object({
      content: z.record(z.string(), z.object({ schema: Schema.optional() })).optional(),
    }),
  ),
});
const OpenApi = z.object({
  paths: z.record(z.string(), z.object({ get: Operation.optional() })),
});

/** The routes that answer with `items`, and by what they can be asked. */
async function listsOf(): Promise<Map<string, string[]>> {
  const { paths } = OpenApi.parse(await (await app.request("/api/openapi.json")).json());
  const lists = Object.entries(paths).flatMap(([path, { get }]): [string, string[]][] => {
    const answer = get?.responses["200"]?.content?.["application/json"]?.schema;
    if (!get || !answer?.properties?.["items"]) return [];
    const asked = get.parameters.filter((each) => each.in === "query").map(({ name }) => name);
    return [[path, asked]];
  });
  return new Map(lists);
}

/** Those whose items bear no name of a bot, contact, label, user or the like of their own. */
const nameless = [
  // Asked for by ids that the caller has.
  "/api/accounts/duplicates",
  // What was said in one conversation, and the logins of one bot.
  "/api/conversations/{id}/messages",
  "/api/accounts/{id}/logins",
  // By address, by function and by hour.
  "/api/hermes",
  "/api/settings",
  "/api/statistics/series",
];

/** What people work on together; the rest is read whole, or grows at its end only. */
const live = [
  "/api/accounts",
  "/api/agent-runs",
  "/api/conversations",
  "/api/dead-jobs",
  "/api/outbound",
  "/api/policies",
  "/api/reviews",
  "/api/users",
];

test("every list searches by name, alias and label", async () => {
  const lists = await listsOf();
  const without = [...lists].filter(([, asked]) => !asked.includes("q")).map(([path]) => path);
  expect(without.toSorted()).toEqual(nameless.toSorted());
});

test("every list that people work on together tells what changed since, page by page", async () => {
  const lists = await listsOf();
  for (const path of live) {
    expect(lists.get(path), path).toEqual(expect.arrayContaining(["since", "cursor", "limit"]));
  }
});
