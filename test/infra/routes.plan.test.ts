import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { z } from "zod";
import { securityHeaders } from "#console/security-headers.ts";
import { Plan } from "../../scripts/plan/evaluate.ts";
import { plans } from "./planned.ts";
import { runPlan } from "./run-plan.ts";

const Route = z.object({ entry: z.string() });
const Target = z.object({
  entries: z.object({
    metadata: z
      .string()
      .transform((text): unknown => JSON.parse(text))
      .pipe(z.object({ host: z.string() })),
  }),
});

function plannedAs(kind: string): Record<string, unknown>[] {
  const { resources } = plans.production;
  return resources.filter(({ name }) => name.endsWith(kind)).map(({ inputs }) => inputs);
}

test("the public address leads to the api Lambda: the API, and the pages behind rescan links", () => {
  const routes = plannedAs(".KvRoutesUpdate").map((inputs) => Route.parse(inputs).entry);
  expect(routes.map((entry) => entry.split(",").at(-1) ?? "").toSorted()).toEqual([
    "",
    "/api",
    "/rescan",
  ]);
  const leading = plannedAs(".KvKeys").flatMap((inputs) => Target.safeParse(inputs).data ?? []);
  const hosts = leading.map(({ entries }) => entries.metadata.host);
  expect(hosts).toEqual(["apiurl.lambda-url.us-east-1.on.aws", hosts[0]]);
});

test("the console lies at the address itself, and nobody reads its bucket but CloudFront", () => {
  const { resources } = plans.production;
  const open = resources.find(({ name }) => name === "ConsoleAssetsPublicAccessBlock");
  expect(open?.inputs).toMatchObject({ blockPublicAcls: true, restrictPublicBuckets: true });
  const policy = resources.find(({ name }) => name === "ConsoleAssetsPolicy");
  expect(JSON.stringify(policy?.inputs)).toContain("cloudfront.amazonaws.com");
});

/** As CloudFront calls it, with what the origin answered. */
async function atTheEdge(headers: Record<string, { value: string }>): Promise<unknown> {
  const { resources } = plans.production;
  const planned = resources.find(({ name }) => name === "RouterCloudfrontFunctionResponse");
  const { code } = z.object({ code: z.string().max(10_000) }).parse(planned?.inputs);
  const handler: unknown = runInNewContext(
    `${code.replace(/^\s*import .*$/m, "")}\nhandler(event);`,
    { event: { request: { uri: "/bots" }, response: { statusCode: 200, headers } } },
  );
  return handler;
}

test("what CloudFront gives out has the console's security headers, and keeps those that it has", async () => {
  const whole = Object.fromEntries(
    Object.entries(securityHeaders).map(([name, value]) => [name, { value }]),
  );
  const type = { "content-type": { value: "text/html" } };
  expect(await atTheEdge(type)).toMatchObject({ headers: { ...whole, ...type } });
  const own = { "content-security-policy": { value: "default-src 'none'" } };
  expect(await atTheEdge(own)).toMatchObject({ headers: { ...whole, ...own } });
});

test("the api is told who asks CloudFront, whatever the browser says itself", () => {
  const { resources } = plans.production;
  const planned = resources.find(({ name }) => name === "RouterCloudfrontFunctionRequest");
  const { code } = z.object({ code: z.string().max(10_000) }).parse(planned?.inputs);
  expect(code).toContain('event.request.headers["x-viewer-address"] = { value: event.viewer.ip };');
});

test(
  "a hub whose console is not built can be planned; it has none",
  { timeout: 60_000 },
  async () => {
    const printed = await runPlan(["--json", "--stage", "lin"], undefined, "/nowhere");
    const { resources } = Plan.parse(JSON.parse(printed));
    expect(resources.filter(({ name }) => name.startsWith("Console"))).toEqual([]);
  },
);
