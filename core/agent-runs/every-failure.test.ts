import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Account } from "#core/accounts/account.ts";
import { failureTable } from "#core/hermes/failure-table.ts";
import { chat, failureCases, type FailureCase } from "#core/hermes/test-failures.ts";
import { startFullPort } from "#test/full-port.ts";
import { json, serve, type Answer } from "#test/answering-server.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import {
  again,
  away,
  effects,
  joined,
  patientMs,
  tellFailure,
  type Effect,
  type Told,
} from "#test/failure-story.ts";
import { startSmallHub, type SmallHub, type SmallHubDeps } from "#test/small-hub.ts";
import { withDatabase } from "#test/with-database.ts";
import type { AgentRun } from "./agent-run.ts";
import { hermesHealthStore } from "./hermes-health.store.ts";
import { workConversation } from "./work-conversation.ts";

const { db } = withDatabase();
let hub: SmallHub;
let account: Account;
beforeAll(async () => {
  hub = await startSmallHub(db());
  account = await hub.addBot();
});
afterAll(() => hub.stop());

function tell(baseUrl: string, effect: Effect, more: Partial<Told> = {}): Promise<AgentRun> {
  return tellFailure({ hub, account, baseUrl, effect, ...more });
}

/** Hermes is healthy in these stories: then a bad gateway was the turn, a slow one is at work. */
const whenHealthy: Partial<Record<FailureCase["name"], Effect>> = {
  edge_502: again,
  edge_504: joined,
};

/** Hermes' quick pages as ever, and this answer to the call in question. */
function hermesThat({ answer, call }: Pick<FailureCase, "answer" | "call">): Answer {
  const isRun = call === "getRun" || call === "startRun";
  const runs = { runs_idempotency: { supported: isRun, durable: isRun } };
  return (response, request) => {
    const { method, url } = request;
    const isAsked =
      url === "/v1/chat/completions" ||
      (call === "startRun" && url === "/v1/runs") ||
      (call === "getRun" && method === "GET" && url.startsWith("/v1/runs/"));
    if (isAsked) return answer(response, request);
    if (url === "/health") return json({ status: "ok" })(response, request);
    if (url === "/v1/models") return json({ data: [{ id: "hermes-agent" }] })(response, request);
    if (url === "/v1/capabilities") return json({ features: runs })(response, request);
    if (url === "/v1/runs")
      return json({ run_id: "run_1", status: "started" }, 202)(response, request);
    const error = { message: "none", code: "session_not_found" };
    return json({ error }, 404)(response, request);
  };
}

describe("what Hermes or its tunnel answers", () => {
  test.each(failureCases.filter(({ name }) => name !== "too_large"))(
    "$name: $seen",
    async (failure) => {
      const { want, name } = failure;
      await using server = await serve(hermesThat(failure));
      // Only silence is waited out.
      const patience = failure.timeoutMs === undefined ? patientMs : 1_000;
      const effect = whenHealthy[name] ?? effects[want.class];
      // A failed turn is kept under its key, also where the tunnel hides it.
      const newKeyNeeded = want.newKeyNeeded || name === "edge_502";
      const run = await tell(`${server.url}/v1`, effect, {
        retryAfterMs: want.retryAfterMs,
        newKeyNeeded,
        timeoutMs: patience,
      });
      expect(run.attempts[0]?.row).toBe(name);
    },
  );

  test("too_large: more bytes than the hub reads", async () => {
    const answer: Answer = (response) => void response.end("x".repeat(21 * 1024 * 1024));
    await using server = await serve(hermesThat({ answer }));
    const run = await tell(`${server.url}/v1`, again, { newKeyNeeded: true });
    expect(run.attempts[0]?.row).toBe("too_large");
  });
});

describe("where nobody answers", () => {
  test("refused: nothing listens", async () => {
    const closed = await serve(() => {});
    await closed[Symbol.asyncDispose]();
    const run = await tell(`${closed.url}/v1`, away);
    expect(run.attempts[0]?.row).toBe("refused");
  });

  test("dns: the host has no address", async () => {
    const run = await tell("http://hermes.invalid/v1", away);
    expect(run.attempts[0]?.row).toBe("dns");
  });

  test("connect_timeout: the host takes no connection", async () => {
    await using full = await startFullPort();
    const run = await tell(`${full.url}/v1`, away);
    expect(run.attempts[0]?.row).toBe("connect_timeout");
  }, 60_000);

  test("tls: what listens does not speak it", async () => {
    await using server = await serve(() => {});
    const run = await tell(`${server.url.replace("http:", "https:")}/v1`, away);
    expect(run.attempts[0]?.row).toBe("tls");
  });
});

test("edge_504: a tunnel that gives up on a Hermes which is not healthy is an outage", async () => {
  const late = failureCases.find(({ name }) => name === "edge_504");
  if (!late) throw new Error("There is no such case.");
  await using server = await serve((response, request) =>
    request.url === "/health"
      ? late.answer(response, request)
      : hermesThat(late)(response, request),
  );
  const run = await tell(`${server.url}/v1`, away);
  expect(run.attempts[0]?.row).toBe("edge_504");
});

test("no row is without its story", () => {
  const told = new Set<string>([
    ...failureCases.map(({ name }) => name),
    "refused",
    "dns",
    "connect_timeout",
    "tls",
    // Of its account's own Hermes: own-hermes.test.ts.
    "private_address",
    // When people step in: work-conversation.test.ts.
    "aborted",
  ]);
  expect(Object.keys(failureTable).filter((name) => !told.has(name))).toEqual([]);
});

test("a Hermes whose runs no path leads to is asked by chat, and nobody is told that it is away", async () => {
  const none = json({ error: { message: "Not Found" } }, 404);
  await using server = await serve((response, request) => {
    if (request.url === "/v1/runs") return none(response, request);
    const call = "startRun" as const;
    return hermesThat({ answer: chat("By chat."), call })(response, request);
  });
  const contact = hub.addContact(account);
  const job = await contact.writes("hello");
  const { settings } = hub.deps;
  const hermes = { ...settings.hermes, HERMES_API_BASE_URL: `${server.url}/v1` };
  const deps: SmallHubDeps = { ...hub.deps, settings: { ...settings, hermes } };
  const work = (wanted: typeof job) =>
    workConversation(deps, { version: 1, ...wanted }, plusSeconds(deps.clock.now(), 148));
  await work(job);
  const [run] = await contact.runs();
  expect(run).toMatchObject({ status: "retry_pending", hermesVia: "chat", failureCount: 0 });
  expect(run?.nextAttemptAt?.getTime()).toBeLessThanOrEqual(deps.clock.now().getTime());
  await work({ ...job, do: "retry", ref: run?._id ?? "" });
  expect(contact.reads()).toEqual(["By chat."]);
  expect(await hermesHealthStore(db()).find(`${server.url}/v1`)).toMatchObject({
    state: "up",
    keepsRuns: false,
  });
});
