import { Hono } from "hono";
import { expect, test } from "vitest";
import { addressesOf } from "./addresses.ts";

const app = new Hono().get("/", (c) => c.json(addressesOf(c)));
const lambda = { requestContext: { http: { sourceIp: "64.252.66.8" } } };

test.each([
  {
    what: "through CloudFront: the browser's, and the edge's",
    headers: { "x-viewer-address": "203.0.113.7" },
    env: lambda,
    found: { viewer: "203.0.113.7", peer: "64.252.66.8" },
  },
  {
    what: "at the function's own URL: what nobody can make up",
    headers: { "x-forwarded-for": "127.0.0.1" },
    env: lambda,
    found: { viewer: "64.252.66.8", peer: "64.252.66.8" },
  },
  { what: "on a laptop", headers: {}, env: {}, found: { viewer: "local", peer: "local" } },
])("$what", async ({ headers, env, found }) => {
  const answer = await app.request("/", { headers }, env);
  expect(await answer.json()).toEqual(found);
});
