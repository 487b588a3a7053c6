import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { json, serve, type Answer } from "#test/answering-server.ts";
import { startHermesSim, type HermesSim } from "#local/hermes-sim/server.ts";
import type { TunnelBehaviour } from "#local/hermes-sim/tunnel-behaviour.ts";
import type { Turn } from "#local/hermes-sim/turns.ts";
import { checkHermes } from "./hermes-check.ts";
import { faultsIn, statusOf, testContext } from "./test-context.ts";

let hermes: HermesSim;
beforeAll(async () => {
  hermes = await startHermesSim();
});
afterAll(() => hermes.stop());

beforeEach(() => {
  hermes.configure({ release: "0.19", model: "hermes-agent", maxConcurrentRuns: 10 });
  hermes.configure({ maxRequestBytes: 10_000_000 });
});
afterEach(async () => {
  hermes.tunnel.behave({ kind: "none" });
  hermes.clearScripts();
  hermes.drain(false);
  // No turn of one test takes a place in the next.
  await hermes.off({ forget: true });
  await hermes.on();
});

function settings(changed: Record<string, string> = {}): Record<string, string> {
  return { HERMES_API_BASE_URL: hermes.baseUrl, HERMES_API_KEY: hermes.apiKey, ...changed };
}

const throughTunnel = () => settings({ HERMES_API_BASE_URL: hermes.tunnel.baseUrl });

function check(env: Record<string, string>, readMs = 2_000) {
  const waitsMs = { connect: 400, read: readMs, database: 400, aws: 400 };
  return checkHermes(testContext(env, { waitsMs }));
}

describe("a Hermes that is well", () => {
  test("passes every step, and tells its version, its way and how long it took", async () => {
    const lines = await check(settings());
    expect(lines.map(({ name, status }) => `${name} ${status}`)).toEqual([
      "enabled pass",
      "address pass",
      "resolve pass",
      "connect pass",
      "tls skipped",
      "health pass",
      "key pass",
      "models pass",
      "capabilities pass",
      "question pass",
    ]);
    expect(lines.find(({ name }) => name === "health")?.seen).toBe("Hermes 0.19.0");
    const question = lines.at(-1);
    expect(question?.seen).toMatch(/^answered by a chat call in \d+\.\d s, \d+ characters$/);
    expect(question?.tookMs).toBeGreaterThan(0);
  });

  test("of a release that keeps runs is asked by a run", async () => {
    hermes.configure({ release: "0.21" });
    const lines = await check(settings());
    expect(faultsIn(lines)).toEqual([]);
    expect(lines.at(-1)?.seen).toContain("answered as a run");
    expect(hermes.executions().at(-1)).toMatchObject({ via: "runs", outcome: "completed" });
  });

  test("is asked in a session of the doctor's own each time", async () => {
    await check(settings());
    await check(settings());
    const sessions = hermes.executions().map(({ sessionId }) => sessionId);
    const [last, before] = [sessions.at(-1), sessions.at(-2)];
    expect(last).toMatch(/^doctor-/);
    expect(last).not.toBe(before);
  });

  test("passes behind Cloudflare Access with the service token as extra headers", async () => {
    hermes.tunnel.behave({ kind: "cloudflare-access", clientId: "hub", clientSecret: "s3cr3t" });
    const headers = { "CF-Access-Client-Id": "hub", "CF-Access-Client-Secret": "s3cr3t" };
    const env = { ...throughTunnel(), HERMES_EXTRA_HEADERS: JSON.stringify(headers) };
    expect(faultsIn(await check(env))).toEqual([]);
  });

  test("passes behind ngrok, whose page for browsers we never see", async () => {
    hermes.tunnel.behave({ kind: "ngrok" });
    expect(faultsIn(await check(throughTunnel()))).toEqual([]);
  });
});

describe("settings", () => {
  test("that are absent skip what needs them and say what to set", async () => {
    const lines = await check({});
    expect(faultsIn(lines)).toEqual([]);
    expect(lines[1]).toMatchObject({
      status: "skipped",
      seen: "set HERMES_API_BASE_URL (ends in /v1) and HERMES_API_KEY",
    });
    expect(lines[2]?.seen).toBe("waits for hermes.address");
    const withoutKey = await check({ HERMES_API_BASE_URL: hermes.baseUrl });
    expect(statusOf(withoutKey, "health")).toBe("pass");
    expect(withoutKey.find(({ name }) => name === "key")).toMatchObject({
      status: "skipped",
      seen: expect.stringContaining("set HERMES_API_KEY"),
    });
    expect(statusOf(withoutKey, "question")).toBe("skipped");
  });

  test("that switch Hermes off are a fault: hermes_disabled", async () => {
    const lines = await check(settings({ HERMES_AGENT_ENABLED: "false" }));
    expect(faultsIn(lines)).toEqual(["enabled: hermes_disabled"]);
    expect(statusOf(lines, "question")).toBe("pass");
  });

  test("that also switch on the automatic reply are told", async () => {
    const [enabled] = await check({ WECHAT_AUTO_REPLY_ENABLED: "true" });
    expect(enabled).toMatchObject({ status: "pass", seen: expect.stringContaining("no effect") });
  });

  test.each([
    ["base_url_without_v1", "http://h.example:8642", "http://h.example:8642/v1"],
    ["base_url_without_v1", "http://h.example:8642/", "http://h.example:8642/v1"],
    ["base_url_without_v1", "https://h.example/v1/chat/completions", "https://h.example/v1"],
    ["base_url_without_v1", "https://h.example/health", "https://h.example/v1"],
    ["base_url_without_v1", "https://h.example/p/shop", "https://h.example/p/shop/v1"],
    ["base_url_without_v1", "https://h.example/v1?key=1", "https://h.example/v1"],
    ["base_url_v1_twice", "http://h.example:8642/v1/v1", "http://h.example:8642/v1"],
    ["base_url_unreadable", "ftp://h.example/v1", "http://h.example/v1"],
    ["base_url_unreadable", "h.example", "it cannot be read as an address"],
  ])("%s: %s, meant %s", async (fault, baseUrl, meant) => {
    const lines = await check(settings({ HERMES_API_BASE_URL: baseUrl }));
    expect(faultsIn(lines)).toEqual([`address: ${fault}`]);
    expect(lines[1]?.seen.endsWith(meant), lines[1]?.seen).toBe(true);
  });

  test("key_unreadable: the key has a space in it", async () => {
    const lines = await check(settings({ HERMES_API_KEY: "two words" }));
    expect(faultsIn(lines)).toEqual(["address: key_unreadable"]);
  });

  test("that are wrong elsewhere in Hermes' slice wait for that line", async () => {
    const lines = await check(settings({ HERMES_TIMEOUT_MS: "soon" }));
    expect(lines[1]).toMatchObject({ status: "skipped", seen: "waits for settings.hermes" });
  });
});

describe("a tunnel", () => {
  const stories: { fault: string; at: string; behaviour: TunnelBehaviour; isOff?: true }[] = [
    { fault: "cloudflare_1033", at: "health", behaviour: { kind: "cloudflare-offline" } },
    { fault: "cloudflare_502", at: "health", behaviour: { kind: "cloudflare" }, isOff: true },
    { fault: "cloudflare_52x", at: "health", behaviour: { kind: "cloudflare-edge-error" } },
    { fault: "cloudflare_access", at: "health", behaviour: { kind: "cloudflare-access" } },
    {
      fault: "cloudflare_access",
      at: "health",
      behaviour: { kind: "cloudflare-access", refusal: "forbidden" },
    },
    { fault: "ngrok_3200", at: "health", behaviour: { kind: "ngrok-offline" } },
    { fault: "ngrok_8012", at: "health", behaviour: { kind: "ngrok" }, isOff: true },
    { fault: "ngrok_727", at: "health", behaviour: { kind: "ngrok-quota", code: 727 } },
    { fault: "ngrok_734", at: "health", behaviour: { kind: "ngrok-quota", code: 734 } },
    { fault: "tunnel_502", at: "health", behaviour: { kind: "tailscale-502" } },
    { fault: "tunnel_502", at: "health", behaviour: { kind: "none" }, isOff: true },
    { fault: "dropped", at: "health", behaviour: { kind: "tailscale-cut" } },
    { fault: "dropped", at: "health", behaviour: { kind: "cut-mid-body", afterBytes: 5 } },
    { fault: "tunnel_busy", at: "health", behaviour: { kind: "cloudflare-busy" } },
    { fault: "not_hermes", at: "health", behaviour: { kind: "html-200" } },
  ];
  test.each(stories)("$behaviour.kind: $fault", async ({ fault, at, behaviour, isOff }) => {
    hermes.tunnel.behave(behaviour);
    if (isOff) await hermes.off();
    const lines = await check(throughTunnel());
    expect(faultsIn(lines)).toEqual([`${at}: ${fault}`]);
    expect(lines.at(-1)).toMatchObject({ status: "skipped", seen: `waits for hermes.${at}` });
  });

  test("slow: health drips in too slowly", async () => {
    hermes.tunnel.behave({ kind: "slow-drip", bytes: 1, everyMs: 50 });
    expect(faultsIn(await check(throughTunnel(), 300))).toEqual(["health: slow"]);
  });

  test("too_slow: Cloudflare stops waiting for the answer with 524", async () => {
    hermes.tunnel.behave({ kind: "cloudflare", timeoutMs: 200 });
    hermes.scriptNext({ kind: "ok", text: "late", delayMs: 600 });
    expect(faultsIn(await check(throughTunnel()))).toEqual(["question: too_slow"]);
  });

  test("turn_failed: Cloudflare has put its own page over Hermes' 502", async () => {
    hermes.tunnel.behave({ kind: "cloudflare" });
    hermes.scriptNext({ kind: "failed-without-text" });
    const lines = await check(throughTunnel());
    expect(faultsIn(lines)).toEqual(["question: turn_failed"]);
    expect(lines.at(-1)?.seen).toContain("HTTP 502 (edge_502)");
  });

  test("cloudflare_52x: Hermes dies over the question", async () => {
    hermes.tunnel.behave({ kind: "cloudflare" });
    const release = hermes.holdTurns({ kind: "ok", text: "never sent" });
    const checking = check(throughTunnel());
    await hermes.waitFor((sim) => sim.running().length === 1);
    await hermes.off({ forget: true });
    release();
    expect(faultsIn(await checking)).toEqual(["question: cloudflare_52x"]);
  });
});

describe("what answers instead of Hermes", () => {
  const page =
    (status: number, headers: Record<string, string> = {}): Answer =>
    (response) => {
      response.writeHead(status, { "Content-Type": "text/html", ...headers });
      response.end("<!DOCTYPE html><html><body>Not Hermes</body></html>");
    };
  const empty =
    (status: number, headers: Record<string, string> = {}): Answer =>
    (response) => {
      response.writeHead(status, headers);
      response.end();
    };
  test.each<[fault: string, what: string, answer: Answer]>([
    ["ngrok_6024", "ngrok's page", page(200, { "ngrok-error-code": "ERR_NGROK_6024" })],
    ["ngrok_other", "another of ngrok's", page(404, { "ngrok-error-code": "ERR_NGROK_3004" })],
    ["redirected", "https asked for", empty(301, { Location: "https://h.example/health" })],
    ["redirected", "a login", empty(302, { Location: "/login" })],
    ["guarded", "a guard", page(403)],
    ["guarded", "a guard with a login", page(401, { "WWW-Authenticate": "Basic" })],
    ["tunnel_other", "a broken proxy", page(503)],
    ["not_hermes", "a web page", page(404)],
    ["not_hermes", "another program's JSON", json({ hello: "world" })],
    ["origin_header", "Hermes, taking us for a page", empty(403)],
  ])("%s: %s", async (fault, _what, answer) => {
    await using server = await serve(answer);
    const lines = await check(settings({ HERMES_API_BASE_URL: `${server.url}/v1` }));
    expect(faultsIn(lines)).toEqual([`health: ${fault}`]);
  });

  test("not_hermes: it is healthy, but lists no models", async () => {
    await using server = await serve(json({ status: "ok" }));
    const lines = await check(settings({ HERMES_API_BASE_URL: `${server.url}/v1` }));
    expect(faultsIn(lines)).toEqual(["key: not_hermes"]);
  });
});

describe("Hermes itself", () => {
  test("wrong_path: /v1 is not right behind the host", async () => {
    const env = settings({ HERMES_API_BASE_URL: `${hermes.url}/hermes/v1` });
    expect(faultsIn(await check(env))).toEqual(["health: wrong_path"]);
  });

  test("unknown_profile: it serves no such profile", async () => {
    hermes.configure({ release: "0.21" });
    const env = settings({ HERMES_API_BASE_URL: `${hermes.url}/p/shop/v1` });
    expect(faultsIn(await check(env))).toEqual(["health: unknown_profile"]);
  });

  test.each(["0.19", "0.20"] as const)("wrong_key, as release %s says it", async (release) => {
    hermes.configure({ release });
    const lines = await check(settings({ HERMES_API_KEY: "some-other-key" }));
    expect(faultsIn(lines)).toEqual(["key: wrong_key"]);
    expect(lines.at(-1)?.seen).toBe("waits for hermes.key");
  });

  test("model_unknown: what is offered is told, and the question is asked all the same", async () => {
    const lines = await check(settings({ HERMES_MODEL: "gpt-4o" }));
    expect(faultsIn(lines)).toEqual(["models: model_unknown"]);
    expect(lines.find(({ name }) => name === "models")?.seen).toBe(
      "HERMES_MODEL gpt-4o; offered: hermes-agent",
    );
    expect(statusOf(lines, "question")).toBe("pass");
  });

  test("restarting: it takes no new questions", async () => {
    hermes.drain();
    expect(faultsIn(await check(settings()))).toEqual(["question: restarting"]);
  });

  test("places_taken: another question has the only place", async () => {
    hermes.configure({ maxConcurrentRuns: 1 });
    const release = hermes.holdTurns({ kind: "ok", text: "done" });
    const first = check(settings());
    await hermes.waitFor((sim) => sim.running().length === 1);
    expect(faultsIn(await check(settings()))).toEqual(["question: places_taken"]);
    release();
    expect(faultsIn(await first)).toEqual([]);
  });

  test("question_refused: it takes no question of this size", async () => {
    hermes.configure({ maxRequestBytes: 20 });
    expect(faultsIn(await check(settings()))).toEqual(["question: question_refused"]);
  });

  test.each<[fault: string, turn: Turn]>([
    ["turn_failed", { kind: "failed-with-text" }],
    ["turn_failed", { kind: "failed-without-text" }],
    ["no_answer", { kind: "no-reply" }],
    ["no_answer", { kind: "empty" }],
    ["hermes_error", { kind: "exception" }],
  ])("%s: the turn ends as %o", async (fault, turn) => {
    hermes.scriptNext(turn);
    expect(faultsIn(await check(settings()))).toEqual([`question: ${fault}`]);
  });

  test("provider_key: it has none for its model", async () => {
    hermes.configure({ release: "0.20" });
    hermes.scriptNext({ kind: "provider-auth" });
    expect(faultsIn(await check(settings()))).toEqual(["question: provider_key"]);
  });

  test("approval_wanted: the run waits for a person's consent", async () => {
    hermes.configure({ release: "0.21" });
    hermes.scriptNext({ kind: "approval" });
    expect(faultsIn(await check(settings()))).toEqual(["question: approval_wanted"]);
  });

  test("too_slow: the turn outlasts HERMES_TIMEOUT_MS", async () => {
    const release = hermes.holdTurns({ kind: "ok", text: "late" });
    const lines = await check(settings({ HERMES_TIMEOUT_MS: "1000" }));
    release();
    expect(faultsIn(lines)).toEqual(["question: too_slow"]);
    expect(lines.at(-1)?.tookMs).toBeGreaterThanOrEqual(1000);
  });
});
