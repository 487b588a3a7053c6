import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Account } from "#core/accounts/account.ts";
import { failureTable, type RowName } from "#core/hermes/failure-table.ts";
import type { Call } from "#local/hermes-sim/calls.ts";
import type { HermesSimConfig } from "#local/hermes-sim/config.ts";
import type { HermesSim } from "#local/hermes-sim/sim.ts";
import type { TunnelBehaviour } from "#local/hermes-sim/tunnel-behaviour.ts";
import type { Turn } from "#local/hermes-sim/turns.ts";
import { effects, joined, tellFailure, type Effect, type Told } from "#test/failure-story.ts";
import { startSmallHub, type SmallHub } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";

const { db } = withDatabase();
let hub: SmallHub;
let account: Account;
beforeAll(async () => {
  hub = await startSmallHub(db());
  account = await hub.addBot();
});
afterAll(() => hub.stop());

type Story = Pick<Told, "timeoutMs" | "apiKey" | "newKeyNeeded"> & {
  row: RowName;
  seen: string;
  /** Before the contact writes. */
  given?: (hermes: HermesSim) => void | Promise<void>;
  baseUrl?: (hermes: HermesSim) => string;
  /** Where it is not the one of its class. */
  effect?: Effect;
};

const throughTunnel = ({ tunnel }: HermesSim) => tunnel.baseUrl;

function tunnelled(row: RowName, behaviour: TunnelBehaviour, more: Partial<Story> = {}): Story {
  const { given, ...rest } = more;
  return {
    row,
    seen: `a tunnel like this: ${JSON.stringify(behaviour)}`,
    baseUrl: throughTunnel,
    async given(hermes) {
      hermes.tunnel.behave(behaviour);
      await given?.(hermes);
    },
    ...rest,
  };
}

function turned(row: RowName, turn: Turn, more: Partial<Story> = {}): Story {
  const seen = `a turn like this: ${JSON.stringify(turn)}`;
  return { row, seen, given: (hermes) => hermes.scriptNext(turn), ...more };
}

const slow: Turn = { kind: "ok", text: "late", delayMs: 3_000 };

const stories: readonly Story[] = [
  tunnelled("cloudflare_1033", { kind: "cloudflare-offline" }),
  tunnelled(
    "edge_524",
    { kind: "cloudflare", timeoutMs: 300 },
    { given: (hermes) => hermes.scriptNext(slow) },
  ),
  tunnelled("edge_52x", { kind: "cloudflare-edge-error", status: 521 }),
  tunnelled(
    "edge_502",
    { kind: "cloudflare" },
    {
      given: (hermes) => hermes.scriptNext({ kind: "failed-without-text" }),
      // Hermes is healthy: the page stands in the place of its own answer.
      effect: effects.failed_turn,
      newKeyNeeded: true,
    },
  ),
  tunnelled(
    "edge_502",
    { kind: "cloudflare" },
    { given: (hermes) => hermes.off(), effect: effects.unavailable },
  ),
  tunnelled("edge_429", { kind: "cloudflare-busy" }),
  tunnelled("edge_413", { kind: "cloudflare-too-large" }),
  tunnelled("redirected", { kind: "cloudflare-access", refusal: "redirect" }),
  tunnelled("access_denied", { kind: "cloudflare-access", refusal: "forbidden" }),
  tunnelled("ngrok_3200", { kind: "ngrok-offline" }),
  tunnelled("ngrok_8012", { kind: "ngrok" }, { given: (hermes) => hermes.off() }),
  tunnelled("ngrok_727", { kind: "ngrok-quota", code: 727 }),
  tunnelled("ngrok_734", { kind: "ngrok-quota", code: 734 }),
  tunnelled("dropped", { kind: "cut-before-answer" }),
  tunnelled("tunnel_502", { kind: "tailscale-502" }),
  tunnelled("not_json", { kind: "html-200" }),
  {
    row: "refused",
    seen: "a gateway that is not there",
    given: (hermes) => hermes.off(),
  },
  { row: "wrong_key", seen: "a key that Hermes does not know", apiKey: "another-key" },
  {
    row: "client_timeout",
    seen: "a turn longer than a call",
    given: (hermes) => hermes.scriptNext(slow),
    timeoutMs: 1_000,
    effect: joined,
  },
  { row: "draining", seen: "a gateway that restarts", given: (hermes) => hermes.drain() },
  {
    row: "unknown_profile",
    seen: "a profile that Hermes does not have",
    given: (hermes) => hermes.configure({ foreignProfile: "not-found" }),
    baseUrl: (hermes) => hermes.profileBaseUrl("nobody"),
  },
  {
    row: "wrong_path",
    seen: "a base URL that leads beside the API",
    baseUrl: ({ url }) => `${url}/api/v1`,
  },
  {
    row: "too_big",
    seen: "a question larger than Hermes takes",
    given: (hermes) => hermes.configure({ maxRequestBytes: 20 }),
  },
  {
    row: "run_interrupted",
    seen: "a gateway that dies in the middle of a run",
    given(hermes) {
      hermes.configure({ release: "0.21" });
      hermes.scriptNext(slow);
      const isLookedAfter = ({ method, path, status }: Call) =>
        method === "GET" && path.startsWith("/v1/runs/") && status === 200;
      void hermes.waitFor((sim) => sim.calls().some(isLookedAfter)).then(() => hermes.restart());
    },
  },
  turned("agent_incomplete", { kind: "failed-without-text" }),
  turned("no_provider", { kind: "provider-auth" }),
  turned("server_error", { kind: "exception" }),
  turned("lease_busy", { kind: "session-busy" }),
  turned("turn_failed", { kind: "failed-with-text" }),
  turned("no_reply", { kind: "no-reply" }),
  turned("error_prose", { kind: "ok", text: "API call failed after 3 retries: HTTP 503" }),
  turned("html_text", { kind: "ok", text: "<!DOCTYPE html><html><body>502</body></html>" }),
  turned("empty", { kind: "empty" }),
];

let before: HermesSimConfig;
beforeEach(() => {
  before = hub.hermes.config();
});
afterEach(async () => {
  const { hermes } = hub;
  if (!hermes.isOn) await hermes.on();
  hermes.drain(false);
  hermes.clearScripts();
  hermes.tunnel.behave({ kind: "none" });
  hermes.configure(before);
  await db().collection("hermes").deleteMany({});
});

test.each(stories)("$row: $seen", async ({ row, given, baseUrl, effect, ...more }) => {
  await given?.(hub.hermes);
  const found: { class: keyof typeof effects; newKeyNeeded?: true } = failureTable[row];
  const run = await tellFailure({
    hub,
    account,
    baseUrl: baseUrl?.(hub.hermes) ?? hub.hermes.baseUrl,
    effect: effect ?? effects[found.class],
    newKeyNeeded: found.newKeyNeeded,
    ...more,
  });
  expect(run.attempts[0]?.row).toBe(row);
});
