import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { Document } from "mongodb";
import { sample } from "openapi-sampler";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createUser } from "#core/users/manage-users.ts";
import { createToken } from "#core/users/tokens.ts";
import type { Role } from "#core/users/user.ts";
import * as records from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { createApp } from "./app.ts";

const { db } = withDatabase();
const nowhere = "http://127.0.0.1:1";
const deps = testDeps(db(), { WECHAT_BASE_URL: nowhere, PUBLIC_URL: "https://hub.example" });
const app = createApp({
  ...deps,
  schedules: { put: async () => {}, remove: async () => {} },
  pollStarter: { watchLogin: async () => {} },
});

const Schema = z.record(z.string(), z.unknown());
const Content = z.record(z.string(), z.object({ schema: Schema }));
const OpenApi = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        "x-access": z.string(),
        requestBody: z.object({ content: Content }).optional(),
        responses: z.record(z.string(), z.object({ content: Content.optional() })),
      }),
    ),
  ),
});
const document = Schema.parse(await (await app.request("/api/openapi.json")).json());
const routes = Object.entries(OpenApi.parse(document).paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
);
type Route = (typeof routes)[number];

/** What one bot brings: one of everything that has an address of its own. */
async function fill(label: string): Promise<Record<string, string>> {
  const account = records.approvedAccount(deps, { name: `${label} bot`, labels: [label] });
  const userId = `contact-of-${label}`;
  const conversation = records.openConversation(deps, account._id, { userId });
  const message = records.waitingMessage(deps, conversation, { text: `a secret of ${label}` });
  const of = { account, conversation, messages: [message] };
  const { unfinished: _, ...begun } = records.begunRun(deps, of);
  const run = { ...begun, status: "sent", outputText: `a secret of ${label}` };
  const outbound = records.outboundMessage(deps, conversation);
  const login = records.waitingLogin(deps, account._id);
  const deadJob = {
    _id: deps.newId("deadJob"),
    why: "unreadable",
    body: "{}",
    conversationId: conversation._id,
    accountId: account._id,
    createdAt: deps.clock.now(),
    status: "open",
    version: 1,
  };
  const stored: [string, Document & { _id: string }][] = [
    ["accounts", account],
    ["conversations", conversation],
    ["messages", message],
    ["messages", outbound],
    ["agent_runs", run],
    ["logins", login],
    ["dead_jobs", deadJob],
  ];
  for (const [collection, record] of stored) {
    await db().collection<Document & { _id: string }>(collection).insertOne(record);
  }
  return {
    accounts: account._id,
    conversations: conversation._id,
    "agent-runs": run._id,
    reviews: run._id,
    outbound: outbound._id,
    logins: login._id,
    "dead-jobs": deadJob._id,
  };
}

async function tokenFor(name: string, role: Role, labels: string[] | null) {
  const wanted = { name, role, labels, password: "a long password" };
  const user = await createUser(deps, records.operator, wanted);
  const token = { name: "walk", role, expiresAt: null };
  return { user, ...(await createToken(deps, records.operator, user, token)) };
}

function groupOf({ path }: Pick<Route, "path">): string {
  return path.split("/")[2] ?? "";
}

/** What a sampler does not make of a pattern. */
const written: Record<string, object> = { "/api/logins/{id}/verify-code": { code: "1234" } };

/** Sends what the document asks for, with the ids of these things; others are made up. */
function ask(route: Route, ids: Record<string, string>, token: string) {
  const schema = route.requestBody?.content["application/json"]?.schema;
  const path = route.path.replaceAll(/\{\w+\}/g, ids[groupOf(route)] ?? "none_1");
  const body =
    written[route.path] ??
    (schema && sample(schema, { quiet: true, enablePatterns: true }, document));
  return app.request(path, {
    method: route.method.toUpperCase(),
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema({ ...document, $id: "hub:openapi" });

/** What of an answer is not as the document says; null when all of it is. */
async function complaintOf({ path, method, responses }: Route, answer: Response) {
  const content = responses[String(answer.status)]?.content;
  if (!content) return `${answer.status} is not described`;
  const type = (answer.headers.get("content-type") ?? "").split(";")[0] ?? "";
  if (!content[type]) return `${type} is not described`;
  if (type !== "application/json") return null;
  const pointer = ["paths", path, method, "responses", answer.status, "content", type, "schema"];
  const $ref = `hub:openapi#/${pointer.map(escaped).join("/")}`;
  const body: unknown = await answer.json();
  return ajv.validate({ $ref }, body) ? null : `${ajv.errorsText()} in ${JSON.stringify(body)}`;
}

function escaped(part: string | number): string {
  return encodeURIComponent(String(part).replaceAll("~", "~0").replaceAll("/", "~1"));
}

const groupsOfBots = new Set([
  "accounts",
  "conversations",
  "agent-runs",
  "reviews",
  "outbound",
  "logins",
  "dead-jobs",
]);

/** Whether its address names something of one bot. */
function isOfBot(route: Route): boolean {
  return route.path.includes("{") && groupsOfBots.has(groupOf(route));
}

describe("the OpenAPI document", () => {
  test("is valid OpenAPI 3.1", async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
  });

  test("describes every answer, also to what cannot be done", { timeout: 300_000 }, async () => {
    const { user, token, secret } = await tokenFor("boss", "owner", null);
    await tokenFor("second boss", "owner", null);
    for (const route of routes) {
      // What it needs is made anew, since others were cleaned up or approved meanwhile.
      const ids = { ...(await fill(`described ${deps.newId("account")}`)), policies: "auto" };
      const own = { users: user._id, tokens: token._id };
      if (route.path.endsWith("/revoke")) continue;
      for (const given of [{ ...ids, ...own }, {}]) {
        const answer = await ask(route, given, secret);
        const name = `${route.method} ${route.path} gave ${answer.status}`;
        expect(answer.status, name).not.toBe(500);
        expect(await complaintOf(route, answer), name).toBeNull();
      }
    }
  });
});

describe("a user who is limited to labels", () => {
  test("sees and changes nothing of other bots, by whatever address", async () => {
    const own = await fill("shop");
    const foreign = await fill("clinic");
    const { secret } = await tokenFor("clerk", "operator", ["shop"]);
    const stored = async () =>
      Promise.all(
        ["accounts", "conversations", "messages", "agent_runs", "logins", "dead_jobs"].map(
          (collection) =>
            db()
              .collection<Document & { _id: string }>(collection)
              .find({ _id: { $in: Object.values(foreign) } })
              .toArray(),
        ),
      );
    const before = await stored();
    const reached: string[] = [];
    const told: string[] = [];
    for (const route of routes) {
      const answer = await ask(route, foreign, secret);
      const text = await answer.text();
      const name = `${route.method} ${route.path} gave ${answer.status} ${text}`;
      const isHidden = answer.status === 403 || answer.status === 404;
      if (isOfBot(route) && !isHidden) reached.push(name);
      if (text.includes("secret of clinic") || text.includes("clinic bot")) told.push(name);
    }
    expect(routes.filter(isOfBot).length).toBeGreaterThan(20);
    expect({ reached, told }).toEqual({ reached: [], told: [] });
    expect(await stored()).toEqual(before);
    // The same address serves the clerk's own.
    const headers = { authorization: `Bearer ${secret}` };
    const seen = await app.request(`/api/accounts/${own["accounts"]}`, { headers });
    expect(seen.status).toBe(200);
  });
});
