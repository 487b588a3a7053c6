import { factsOf, type Facts } from "./facts.ts";
import {
  commonHeaders,
  keyHeader,
  rootOf,
  sessionHeaders,
  type SessionHeaders,
} from "./hermes.headers.ts";
import { exchange, type HermesCall } from "./hermes.transport.ts";
import { Health } from "./hermes.wire.ts";
import { findFailure, settleAmbiguous, toOutcome, type HermesOutcome } from "./outcomes.ts";
import { probeHermes, type HermesProbe } from "./probe.ts";
import {
  readRunStart,
  readRunState,
  readRunStop,
  type HermesRunState,
  type RunStart,
  type RunStop,
  readRunDenial,
  type RunDenial,
} from "./runs.ts";
import { readSession, type SessionRead } from "./session-messages.ts";

export type HermesClientOptions = {
  /** Ends in `/v1`; `/health` and `/api` lie beside it. */
  baseUrl: string;
  apiKey: string;
  model: string;
  /** What a guarded tunnel asks for. */
  extraHeaders?: Record<string, string>;
  /** Connect to nothing but the open internet: for an address that an operator typed in. */
  publicOnly?: boolean;
  /** Ours, for the User-Agent. */
  version?: string;
  /** Larger answers are not read; pictures may come inside, up to 5 MB each. */
  maxAnswerBytes?: number;
  nowMs?: () => number;
};

export type Cancellable = { signal?: AbortSignal | undefined };

export type AskRequest = SessionHeaders &
  Cancellable & {
    /** From `buildAskBody` (a run: `buildRunBody`); the very same bytes on every repeat. */
    body: string;
    timeoutMs: number;
  };

export type HermesClient = ReturnType<typeof createHermesClient>;

type Sending = Cancellable & {
  call: HermesCall;
  url: string;
  timeoutMs: number;
  headers?: Record<string, string>;
  body?: string;
};

const quickTimeoutMs = 10_000;
const startTimeoutMs = 15_000;

/**
 * Hermes' API server behind whatever tunnel (reference/hermes.md). What comes of a call is
 * returned, never thrown. Nothing is streamed and nothing repeated here. Throws HermesSetupError
 * when an option cannot be right.
 */
export function createHermesClient(options: HermesClientOptions) {
  const { apiKey, extraHeaders = {}, publicOnly, version = "0" } = options;
  const { maxAnswerBytes = 20 * 1024 * 1024, nowMs = Date.now } = options;
  const root = rootOf(options.baseUrl);
  const open = commonHeaders(version, extraHeaders);
  const keyed = { ...open, ...keyHeader(apiKey) };
  const secrets = [apiKey, ...Object.values(extraHeaders)].filter(({ length }) => length >= 8);

  async function send(what: Sending): Promise<Facts> {
    const reply = await exchange({
      method: what.body === undefined ? "GET" : "POST",
      ...what,
      url: new URL(root + what.url),
      headers: what.headers ?? keyed,
      publicOnly,
      maxAnswerBytes,
    });
    return factsOf(reply.kind === "reply" ? hide(reply, secrets) : reply, nowMs());
  }

  function read(url: string, { signal, timeoutMs = quickTimeoutMs, headers = keyed }: Reading) {
    return send({ call: "read", url, signal, timeoutMs, headers });
  }

  return {
    /** Whether Hermes is there and takes our key, and what it can do. */
    probe(reading: Reading = {}): Promise<HermesProbe> {
      const reads = {
        health: () => read("/health", { ...reading, headers: open }),
        models: () => read("/v1/models", reading),
        capabilities: () => read("/v1/capabilities", reading),
      };
      return probeHermes(reads, options.model);
    },

    /**
     * Asks and waits for the answer. After `in_progress` the same request, byte for byte, joins
     * the running turn; Hermes keeps the outcome for 300 s.
     */
    async ask({ body, timeoutMs, signal, ...session }: AskRequest): Promise<HermesOutcome> {
      const headers = { ...keyed, ...sessionHeaders(session) };
      const url = "/v1/chat/completions";
      return toOutcome(await send({ call: "ask", url, headers, body, timeoutMs, signal }));
    },

    /** Tells what an `ambiguous` outcome was, by asking for Hermes' health; leaves others as they are. */
    async resolveAmbiguous(outcome: HermesOutcome, reading: Reading = {}): Promise<HermesOutcome> {
      if (outcome.kind === "answer" || outcome.class !== "ambiguous") return outcome;
      const health = await read("/health", { ...reading, headers: open });
      const isHealthy = !findFailure(health) && Health.safeParse(health.json).success;
      return settleAmbiguous(outcome, isHealthy);
    },

    /**
     * Starts a run (only where `probe` finds durable idempotency). Whatever fails may be repeated
     * with the same key and bytes.
     */
    async startRun({ body, timeoutMs, signal, ...session }: StartRun): Promise<RunStart> {
      const headers = { ...keyed, ...sessionHeaders(session) };
      const url = "/v1/runs";
      const waitMs = timeoutMs ?? startTimeoutMs;
      return readRunStart(
        await send({ call: "start_run", url, headers, body, timeoutMs: waitMs, signal }),
      );
    },

    /** How a run stands: still going, or what came of it. */
    async getRun({ runId, signal, timeoutMs = quickTimeoutMs }: OneRun): Promise<HermesRunState> {
      const url = `/v1/runs/${encodeURIComponent(runId)}`;
      return readRunState(await send({ call: "get_run", url, timeoutMs, signal }));
    },

    /** Stops a run; one that is over or unknown counts as stopped. */
    async stopRun({ runId, signal, timeoutMs = quickTimeoutMs }: OneRun): Promise<RunStop> {
      const url = `/v1/runs/${encodeURIComponent(runId)}/stop`;
      return readRunStop(await send({ call: "stop_run", url, body: "", timeoutMs, signal }));
    },

    /**
     * Refuses the dangerous command with which a run waits for consent (reference/hermes.md 1.5): the
     * turn goes on without it.
     */
    async denyRun({ runId, signal, timeoutMs = quickTimeoutMs }: OneRun): Promise<RunDenial> {
      const url = `/v1/runs/${encodeURIComponent(runId)}/approval`;
      const headers = { ...keyed, "content-type": "application/json" };
      const body = JSON.stringify({ choice: "deny" });
      return readRunDenial(await send({ call: "deny_run", url, headers, body, timeoutMs, signal }));
    },

    /** The transcript of a session, to find an answer whose reply was lost (`findLostAnswer`). */
    async sessionMessages({ sessionId, ...reading }: OneSession): Promise<SessionRead> {
      const url = `/api/sessions/${encodeURIComponent(sessionId)}/messages`;
      return readSession(await read(url, reading));
    },
  };
}

type Reading = Cancellable & { timeoutMs?: number; headers?: Record<string, string> };
type StartRun = Omit<AskRequest, "timeoutMs"> & { timeoutMs?: number };
type OneRun = Cancellable & { runId: string; timeoutMs?: number };
type OneSession = Cancellable & { sessionId: string; timeoutMs?: number };

/** A server that repeats our secrets must not get them into a record. */
function hide<R extends { text: string }>(reply: R, secrets: readonly string[]): R {
  const text = secrets.reduce((words, secret) => words.replaceAll(secret, "[hidden]"), reply.text);
  return { ...reply, text };
}
