import { describe, expect, it } from "vitest";

import type { HermesSim } from "./server.ts";
import { ask, call, contentOf, failureOf, startSim, type Answer } from "./test-client.ts";
import type { TunnelBehaviour } from "./tunnel-behaviour.ts";

async function behind(behaviour: TunnelBehaviour): Promise<HermesSim> {
  const sim = await startSim();
  sim.tunnel.behave(behaviour);
  return sim;
}

function through(
  sim: HermesSim,
  headers: Record<string, string> = {},
  text = "hi",
): Promise<Answer> {
  return ask(sim, text, headers, { base: sim.tunnel.url });
}

describe("a tunnel that works", () => {
  it("hands requests and answers through as they are", async () => {
    const sim = await behind({ kind: "none" });
    const answer = await through(sim, { "x-hermes-session-id": "wx-1" });
    expect(contentOf(answer)).toBe("Hermes: hi");
    expect(answer.headers.get("x-hermes-session-id")).toBe("wx-1");
    expect(await call(sim, "/v1/models", { base: sim.tunnel.url, key: "no" })).toMatchObject({
      status: 401,
    });
    expect(sim.tunnel.calls()).toMatchObject([{ status: 200 }, { status: 401 }]);
  });
});

describe("Cloudflare", () => {
  it("gives up with 524 when no byte comes, while the turn goes on", async () => {
    const sim = await behind({ kind: "cloudflare", timeoutMs: 40 });
    const release = sim.holdTurns({ kind: "ok", text: "done all the same" });
    const key = { "idempotency-key": "msg-1" };
    const answer = await through(sim, key);
    expect(answer.status).toBe(524);
    expect(answer.headers.get("content-type")).toContain("text/html");
    expect(sim.running()).toHaveLength(1);
    release();
    await sim.waitFor(() => sim.running().length === 0);
    sim.tunnel.behave({ kind: "none" });
    expect(contentOf(await through(sim, key))).toBe("done all the same");
    expect(sim.executions()).toHaveLength(1);
  });

  it("puts its own page in place of Hermes' 502, and lets other errors through", async () => {
    const sim = await behind({ kind: "cloudflare" });
    sim.scriptNext({ kind: "failed-without-text" });
    const replaced = await through(sim);
    expect(replaced).toMatchObject({ status: 502, json: undefined });
    expect(replaced.text).toContain("<html>");
    sim.scriptNext({ kind: "exception" });
    expect(await through(sim)).toMatchObject({ status: 500, json: { error: {} } });
  });

  it("says 502 when the gateway's port is shut, 520 when it cuts the connection", async () => {
    const sim = await behind({ kind: "cloudflare" });
    sim.scriptNext({ kind: "ok", text: "never", delayMs: 10_000 });
    const cut = through(sim);
    await sim.waitFor(() => sim.running().length === 1);
    await sim.off();
    expect(await cut).toMatchObject({ status: 520, json: undefined });
    expect(await through(sim)).toMatchObject({ status: 502, json: undefined });
  });

  it("says 1033 without a connector, in the form that was asked for", async () => {
    const sim = await behind({ kind: "cloudflare-offline" });
    const answers = [
      await through(sim, { accept: "application/json" }),
      await through(sim, { accept: "text/html" }),
      await through(sim),
    ];
    for (const { status, headers } of answers) {
      expect(status).toBe(530);
      expect(headers.get("retry-after")).toBe("120");
    }
    expect(answers[0]?.json).toMatchObject({ error_code: 1033 });
    expect(answers[1]?.text).toContain("<p>error code: 1033</p>");
    expect(answers[2]?.text).toBe("error code: 1033");
    expect(sim.calls()).toEqual([]);
  });

  it("asks for a service token when Access stands in front", async () => {
    const sim = await behind({ kind: "cloudflare-access" });
    const login = await through(sim);
    expect(login.status).toBe(302);
    expect(login.headers.get("location")).toContain("/cdn-cgi/access/login/");
    const token = { "cf-access-client-id": "hub.access" };
    expect(await through(sim, { ...token, "cf-access-client-secret": "wrong" })).toMatchObject({
      status: 302,
    });
    const secret = { "cf-access-client-secret": "hub-access-secret" };
    expect(await through(sim, { ...token, ...secret })).toMatchObject({ status: 200 });
    expect(JSON.stringify(sim.tunnel.calls())).not.toContain("hub-access-secret");
    sim.tunnel.behave({ kind: "cloudflare-access", refusal: "forbidden" });
    const challenged = await through(sim);
    expect(challenged.status).toBe(403);
    expect(challenged.headers.get("cf-mitigated")).toBe("challenge");
  });
});

describe("ngrok", () => {
  it("warns browsers only", async () => {
    const sim = await behind({ kind: "ngrok" });
    const browser = { "user-agent": "Mozilla/5.0 (X11; Linux x86_64)" };
    const warned = await through(sim, browser);
    expect(warned.headers.get("ngrok-error-code")).toBe("ERR_NGROK_6024");
    expect(warned.json).toBeUndefined();
    expect(await through(sim, { "user-agent": "hub/1" })).toMatchObject({ status: 200 });
    const skipping = { ...browser, "ngrok-skip-browser-warning": "1" };
    expect(contentOf(await through(sim, skipping))).toBe("Hermes: hi");
  });

  it("says 8012 when the gateway's port is shut", async () => {
    const sim = await behind({ kind: "ngrok" });
    await sim.off();
    const answer = await through(sim);
    expect(answer.status).toBe(502);
    expect(answer.headers.get("ngrok-error-code")).toBe("ERR_NGROK_8012");
  });
});

describe("an answer of the tunnel itself", () => {
  it.each<[TunnelBehaviour, number, string, string | null]>([
    [{ kind: "cloudflare-edge-error", status: 522 }, 522, "text/html", null],
    [{ kind: "cloudflare-busy" }, 429, "text/html", null],
    [{ kind: "cloudflare-too-large" }, 413, "text/html", null],
    [{ kind: "ngrok-offline" }, 404, "text/html", "ERR_NGROK_3200"],
    [{ kind: "ngrok-quota" }, 429, "text/html", "ERR_NGROK_727"],
    [{ kind: "ngrok-quota", code: 734 }, 429, "text/html", "ERR_NGROK_734"],
    [{ kind: "html-200" }, 200, "text/html", null],
    [{ kind: "tailscale-502" }, 502, "", null],
  ])("never reaches the gateway: %o", async (behaviour, status, type, ngrokCode) => {
    const sim = await behind(behaviour);
    const answer = await through(sim);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type") ?? "").toContain(type);
    expect(answer.headers.get("ngrok-error-code")).toBe(ngrokCode);
    expect(answer.json).toBeUndefined();
    expect(sim.calls()).toEqual([]);
  });
});

describe("a connection that breaks", () => {
  it("goes before a byte came, and the gateway saw nothing", async () => {
    const sim = await behind({ kind: "tailscale-cut" });
    expect(await failureOf(through(sim))).toBe("UND_ERR_SOCKET");
    expect(sim.calls()).toEqual([]);
  });

  it("goes after the turn, so that only a repeat with the same key is safe", async () => {
    const sim = await behind({ kind: "none" });
    sim.tunnel.behaveNext({ kind: "cut-before-answer" }, { method: "POST" });
    const key = { "idempotency-key": "msg-1" };
    await call(sim, "/health", { base: sim.tunnel.url });
    expect(await failureOf(through(sim, key))).toBe("UND_ERR_SOCKET");
    expect(contentOf(await through(sim, key))).toBe("Hermes: hi");
    expect(sim.executions()).toHaveLength(1);
  });

  it("goes in the middle of the body", async () => {
    const sim = await behind({ kind: "cut-mid-body", afterBytes: 10 });
    expect(await failureOf(through(sim))).toBe("UND_ERR_SOCKET");
    expect(sim.executions()).toHaveLength(1);
  });

  it("drips, but arrives whole", async () => {
    const sim = await behind({ kind: "slow-drip", bytes: 100, everyMs: 5 });
    expect(contentOf(await through(sim, {}, "x".repeat(500)))).toBe(`Hermes: ${"x".repeat(500)}`);
  });
});

describe("choosing a behaviour", () => {
  it("refuses an unknown one and keeps the old", async () => {
    const sim = await behind({ kind: "ngrok" });
    expect(() => sim.tunnel.behave({ kind: "cloudflare", timeoutMs: 0 })).toThrow("timeoutMs");
    expect(sim.tunnel.behaviour()).toEqual({ kind: "ngrok" });
  });

  it("can be for some requests only", async () => {
    const sim = await behind({ kind: "none" });
    sim.tunnel.behaveNext({ kind: "html-200" }, { pathIncludes: "/models", times: 2 });
    const texts: boolean[] = [];
    for (const path of ["/health", "/v1/models", "/v1/models", "/v1/models"]) {
      const { json } = await call(sim, path, { base: sim.tunnel.url });
      texts.push(json === undefined);
    }
    expect(texts).toEqual([false, true, true, false]);
  });
});
