import { once } from "node:events";
import { createServer } from "node:net";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { failureTable } from "./failure-table.ts";
import { createHermesClient } from "./hermes.client.ts";
import { down, failed, failureCases, type FailureCase } from "./test-failures.ts";
import { serve } from "#test/answering-server.ts";
import { startFullPort } from "#test/full-port.ts";

const apiKey = "the-secret-key-of-hermes";
const extraHeaders = { "CF-Access-Client-Secret": "tunnel-secret-value" };
const words = "a private question";
const body = JSON.stringify({ messages: [{ role: "user", content: words }] });

describe("the failure table", () => {
  test.each(failureCases)("$name: $seen", async ({ name, answer, want, ...asking }) => {
    await using server = await serve(answer);
    const outcome = await ask(server.url, asking);
    expect(outcome).toMatchObject({ kind: "failure", row: name, ...want });
    expectNoSecrets(outcome);
  });

  test("refused: nothing listens", async () => {
    const closed = await serve(() => {});
    await closed[Symbol.asyncDispose]();
    const outcome = await ask(closed.url);
    expect(outcome).toMatchObject({ kind: "failure", row: "refused", ...down });
    expect(outcome).not.toHaveProperty("httpStatus");
    expectNoSecrets(outcome);
  });

  test("dns: the host has no address", async () => {
    expect(await ask("http://hermes.invalid")).toMatchObject({ row: "dns", ...down });
  });

  test("tls: what listens does not speak it", async () => {
    await using server = await serve(() => {});
    const outcome = await ask(server.url.replace("http:", "https:"));
    expect(outcome).toMatchObject({ row: "tls", ...down });
  });

  test("tls: the handshake ends in the middle", async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const outcome = await ask(`https://127.0.0.1:${port}`);
    server.close();
    expect(outcome).toMatchObject({ row: "tls", ...down });
  });

  test("connect_timeout: the host takes no connection", async () => {
    await using full = await startFullPort();
    const outcome = await ask(full.url, { timeoutMs: 20_000 });
    expect(outcome).toMatchObject({ row: "connect_timeout", ...down });
  });

  test("private_address: a Hermes that must be public is not", async () => {
    await using server = await serve(() => {});
    const baseUrl = `${server.url}/v1`;
    const client = createHermesClient({ baseUrl, apiKey, model: "m", publicOnly: true });
    const asking = { body, idempotencyKey: "run_1-1", sessionId: "s1", timeoutMs: 5000 };
    expect(await client.ask(asking)).toMatchObject({
      row: "private_address",
      ...failed("misconfigured", "no"),
    });
    expect(server.seen).toEqual([]);
  });

  test("aborted: before the call nothing is sent, in its middle that is unknown", async () => {
    const controller = new AbortController();
    await using server = await serve(() => controller.abort());
    const during = await ask(server.url, { signal: controller.signal });
    expect(during).toMatchObject({ row: "aborted", ...failed("in_progress", "unknown") });
    const before = await ask(server.url, { signal: controller.signal });
    expect(before).toMatchObject({ row: "aborted", ...failed("in_progress", "no") });
    expect(server.seen).toHaveLength(1);
  });

  test("has no row without a story above", () => {
    const told = new Set<string>([
      ...failureCases.map(({ name }) => name),
      "refused",
      "dns",
      "private_address",
      "tls",
      "aborted",
      "connect_timeout",
    ]);
    expect(Object.keys(failureTable).filter((name) => !told.has(name))).toEqual([]);
  });
});

type Asking = { call?: FailureCase["call"] | "ask"; timeoutMs?: number; signal?: AbortSignal };

function clientOf(url: string) {
  return createHermesClient({
    baseUrl: `${url}/v1`,
    apiKey,
    model: "hermes-agent",
    extraHeaders,
    maxAnswerBytes: 65_536,
  });
}

async function ask(
  url: string,
  { call = "ask", timeoutMs = 5000, signal }: Asking = {},
): Promise<{ kind: string }> {
  const hermes = clientOf(url);
  const request = { body, idempotencyKey: "run_1-1", sessionId: "s1", timeoutMs, signal };
  if (call === "getRun") return hermes.getRun({ runId: "run_1", timeoutMs });
  return call === "startRun" ? hermes.startRun(request) : hermes.ask(request);
}

function expectNoSecrets(outcome: unknown) {
  const shown = JSON.stringify(outcome) + inspect(outcome, { depth: 9 });
  for (const secret of [apiKey, extraHeaders["CF-Access-Client-Secret"], words, "http:"]) {
    expect(shown).not.toContain(secret);
  }
}
