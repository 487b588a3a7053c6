import type { RowName } from "./failure-table.ts";
import type { FailureClass, HermesOutcome } from "./outcomes.ts";
import type { Answer } from "#test/answering-server.ts";

export type Want = Pick<
  Extract<HermesOutcome, { kind: "failure" }>,
  "class" | "sent" | "newKeyNeeded"
> & {
  retryAfterMs?: number;
};

/** One thing that a client can see, and what it means. */
export type FailureCase = {
  name: RowName;
  seen: string;
  answer: Answer;
  want: Want;
  call?: "getRun" | "startRun";
  timeoutMs?: number;
};

const policy = { "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'" };

function hermes(status: number, error: unknown, headers: Record<string, string> = {}): Answer {
  return send(status, JSON.stringify({ error }), {
    "Content-Type": "application/json; charset=utf-8",
    ...policy,
    ...headers,
  });
}

function send(status: number, text: string, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, headers);
    response.end(text);
  };
}

function page(status: number, text: string, headers: Record<string, string> = {}): Answer {
  const content = `<!DOCTYPE html><html><body>${text}</body></html>`;
  return send(status, content, { "Content-Type": "text/html", ...headers });
}

function ngrok(status: number, code: string): Answer {
  return page(status, code, { "ngrok-error-code": code });
}

export function chat(content: string | null, finish_reason = "stop", notes?: object): Answer {
  const choices = [{ index: 0, message: { role: "assistant", content }, finish_reason }];
  const completion = { id: "chatcmpl-1", object: "chat.completion", choices };
  return ok({ ...completion, usage: { total_tokens: 3 }, ...(notes ? { hermes: notes } : {}) });
}

function run(state: object): Answer {
  return ok({ object: "hermes.run", run_id: "run_1", ...state });
}

function ok(value: object): Answer {
  return send(200, JSON.stringify(value), { "Content-Type": "application/json", ...policy });
}

function cloudflareJson(status: number, error_code: number): Answer {
  const problem = { title: "Error", status, error_code, cloudflare_error: true, retry_after: 120 };
  return send(status, JSON.stringify(problem), { "Content-Type": "application/problem+json" });
}

export function failed(
  className: FailureClass,
  sent: Want["sent"],
  { newKeyNeeded = false, retryAfterMs }: { newKeyNeeded?: boolean; retryAfterMs?: number } = {},
): Want {
  const rest = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { class: className, sent, newKeyNeeded, ...rest };
}

export const down = failed("unavailable", "no");
const maybeDown = failed("unavailable", "unknown");
const setup = failed("misconfigured", "no");
const setupOfHermes = failed("misconfigured", "yes");
const setupOfTurn = failed("misconfigured", "yes", { newKeyNeeded: true });
const badTurn = failed("failed_turn", "yes", { newKeyNeeded: true });
const lost = failed("lost", "yes", { newKeyNeeded: true });
const refused = failed("refused", "yes");
const ambiguous = failed("ambiguous", "unknown");
const cloudflare = { Server: "cloudflare", "CF-RAY": "8f2-FRA" };

/** Each row of the failure table at least once, as far as a server can show it. */
export const failureCases: FailureCase[] = [
  {
    name: "dropped",
    seen: "the socket closes without a word",
    answer: (response) => response.socket?.destroy(),
    want: maybeDown,
  },
  {
    name: "dropped",
    seen: "the answer is cut in its middle",
    answer: (response) => {
      response.writeHead(200, { "Content-Length": "500" });
      response.write('{"choices":');
      setImmediate(() => response.socket?.destroy());
    },
    want: maybeDown,
  },
  {
    name: "too_large",
    seen: "more bytes than we read",
    answer: send(200, "x".repeat(70_000)),
    want: badTurn,
  },
  {
    name: "client_timeout",
    seen: "silence beyond our patience",
    answer: () => {},
    timeoutMs: 100,
    want: failed("in_progress", "unknown"),
  },
  {
    name: "read_timeout",
    seen: "silence to a quick question",
    answer: () => {},
    timeoutMs: 100,
    want: maybeDown,
    call: "getRun",
  },
  {
    name: "cloudflare_1033",
    seen: "530 in plain words",
    answer: send(530, "error code: 1033", { "Retry-After": "120", ...cloudflare }),
    want: { ...down, retryAfterMs: 120_000 },
  },
  { name: "cloudflare_1033", seen: "530 as JSON", answer: cloudflareJson(530, 1033), want: down },
  {
    name: "edge_524",
    seen: "524 page",
    answer: page(524, "A timeout occurred", cloudflare),
    want: failed("in_progress", "yes"),
  },
  ...[520, 521, 522, 523, 525, 526].map((status): FailureCase => {
    return { name: "edge_52x", seen: `${status} page`, answer: page(status, ""), want: maybeDown };
  }),
  {
    name: "ngrok_3200",
    seen: "404 page with ngrok's code, which is no 404 of Hermes",
    answer: ngrok(404, "ERR_NGROK_3200"),
    want: down,
  },
  {
    name: "ngrok_3200",
    seen: "the code within the page only",
    answer: page(404, "offline (ERR_NGROK_3200)"),
    want: down,
  },
  {
    name: "ngrok_3200",
    seen: "the code beside JSON that could be Hermes'",
    answer: send(404, '{"error":{"code":"run_not_found"}}', {
      "ngrok-error-code": "ERR_NGROK_3200",
    }),
    want: down,
  },
  {
    name: "ngrok_8012",
    seen: "502 page with ngrok's code",
    answer: ngrok(502, "ERR_NGROK_8012"),
    want: down,
  },
  {
    name: "ngrok_6024",
    seen: "the browser warning as a 200 page",
    answer: ngrok(200, "ERR_NGROK_6024"),
    want: setup,
  },
  {
    name: "ngrok_727",
    seen: "quota of the month",
    answer: ngrok(403, "ERR_NGROK_727"),
    want: setup,
  },
  {
    name: "ngrok_734",
    seen: "quota of the minute",
    answer: ngrok(429, "ERR_NGROK_734"),
    want: failed("busy", "no"),
  },
  {
    name: "ngrok_other",
    seen: "a code of ngrok's that is not in the table",
    answer: ngrok(404, "ERR_NGROK_9999"),
    want: down,
  },
  {
    name: "edge_502",
    seen: "Cloudflare's page",
    answer: page(502, "", cloudflare),
    want: ambiguous,
  },
  {
    name: "edge_502",
    seen: "Cloudflare's JSON",
    answer: cloudflareJson(502, 502),
    want: ambiguous,
  },
  {
    name: "edge_502",
    seen: "Cloudflare's plain words",
    answer: send(502, "error code: 502"),
    want: ambiguous,
  },
  {
    name: "edge_504",
    seen: "a gateway's 504 page",
    answer: page(504, ""),
    want: ambiguous,
  },
  { name: "tunnel_502", seen: "tailscaled's bare 502", answer: send(502, ""), want: maybeDown },
  {
    name: "tunnel_502",
    seen: "a 502 page to a quick question, behind which no turn stands",
    answer: page(502, "", cloudflare),
    want: maybeDown,
    call: "getRun",
  },
  {
    name: "tunnel_502",
    seen: "a proxy's own JSON",
    answer: send(502, '{"message":"Bad gateway"}'),
    want: maybeDown,
  },
  {
    name: "redirected",
    seen: "a login page elsewhere",
    answer: send(302, "", { Location: "https://login.example/" }),
    want: setup,
  },
  {
    name: "access_denied",
    seen: "a challenge page",
    answer: page(403, "Just a moment", { "cf-mitigated": "challenge" }),
    want: setup,
  },
  {
    name: "access_denied",
    seen: "an empty challenge",
    answer: send(403, "", { "cf-mitigated": "challenge" }),
    want: setup,
  },
  { name: "tunnel_401", seen: "a proxy's own login", answer: page(401, ""), want: setup },
  {
    name: "edge_429",
    seen: "the tunnel's own limit",
    answer: page(429, "", cloudflare),
    want: failed("busy", "no"),
  },
  {
    name: "edge_413",
    seen: "the tunnel's own size limit",
    answer: page(413, ""),
    want: failed("refused", "no"),
  },
  { name: "tunnel_404", seen: "somebody else's 404", answer: page(404, "Not Found"), want: down },
  {
    name: "tunnel_5xx",
    seen: "a page with 503",
    answer: page(503, "maintenance"),
    want: maybeDown,
  },
  { name: "tunnel_4xx", seen: "a page with 400", answer: page(400, "plain HTTP"), want: setup },
  { name: "not_json", seen: "a 200 page", answer: page(200, "Welcome"), want: maybeDown },
  { name: "not_json", seen: "an empty 200", answer: send(200, ""), want: maybeDown },
  { name: "not_json", seen: "broken JSON", answer: send(200, '{"choices": ['), want: maybeDown },
  {
    name: "not_json",
    seen: "a stream that nobody asked for",
    answer: send(200, "data: {}\n\n", { "Content-Type": "text/event-stream" }),
    want: maybeDown,
  },
  { name: "origin_refused", seen: "an empty 403", answer: send(403, ""), want: setupOfHermes },
  {
    name: "forbidden",
    seen: "403 JSON",
    answer: hermes(403, { message: "Session continuation requires API key", type: "x" }),
    want: setupOfHermes,
  },
  {
    name: "wrong_key",
    seen: "401 of today",
    answer: hermes(401, {
      message: "Invalid",
      type: "gateway_auth_error",
      code: "gateway_auth_failed",
    }),
    want: setupOfHermes,
  },
  {
    name: "wrong_key",
    seen: "401 of older builds",
    answer: hermes(401, { message: "Invalid API key", code: "invalid_api_key" }),
    want: setupOfHermes,
  },
  {
    name: "capacity_reached",
    seen: "429 JSON",
    answer: hermes(
      429,
      { message: "Too many", type: "rate_limit_error", code: "rate_limit_exceeded" },
      { "Retry-After": "1" },
    ),
    want: failed("busy", "yes", { retryAfterMs: 1000 }),
  },
  {
    name: "draining",
    seen: "503 on its way down",
    answer: hermes(
      503,
      { message: "Restarting", code: "gateway_draining" },
      { "Retry-After": "1" },
    ),
    want: failed("unavailable", "yes", { retryAfterMs: 1000 }),
  },
  {
    name: "session_db_unavailable",
    seen: "503 of the session store",
    answer: hermes(503, { message: "No DB", code: "session_db_unavailable" }),
    want: failed("unavailable", "yes"),
  },
  {
    name: "hermes_503",
    seen: "503 with a code not in the table",
    answer: hermes(503, { message: "later" }),
    want: failed("unavailable", "yes"),
  },
  {
    name: "run_not_found",
    seen: "404 of a run",
    answer: hermes(404, { message: "Run not found", code: "run_not_found" }),
    want: lost,
    call: "getRun",
  },
  {
    name: "previous_response_not_found",
    seen: "404 of a response",
    answer: hermes(404, { message: "Previous response not found: resp_1" }),
    want: lost,
  },
  {
    name: "session_not_found",
    seen: "404 of a session",
    answer: hermes(404, { message: "No such session", code: "session_not_found" }),
    want: lost,
  },
  {
    name: "unknown_profile",
    seen: "404 with a bare string",
    answer: hermes(404, "Unknown or unconfigured profile"),
    want: setupOfHermes,
  },
  {
    name: "wrong_path",
    seen: "the router's 404",
    answer: send(404, "404: Not Found", { "Content-Type": "text/plain; charset=utf-8" }),
    want: setupOfHermes,
  },
  {
    name: "wrong_path",
    seen: "the router's 405",
    answer: send(405, "405: Method Not Allowed", { "Content-Type": "text/plain; charset=utf-8" }),
    want: setupOfHermes,
  },
  {
    name: "key_conflict",
    seen: "409 under a used key",
    answer: hermes(409, { message: "Key reused", code: "idempotency_key_conflict" }),
    want: failed("refused", "yes", { newKeyNeeded: true }),
    call: "startRun",
  },
  {
    name: "conflict",
    seen: "409 for another reason",
    answer: hermes(409, { message: "No approval", code: "approval_not_active" }),
    want: refused,
  },
  {
    name: "too_big",
    seen: "413 JSON",
    answer: hermes(413, { message: "Request body too large", code: "body_too_large" }),
    want: refused,
  },
  {
    name: "bad_request",
    seen: "400 in the full envelope",
    answer: hermes(400, {
      message: "Bad",
      type: "e",
      param: "messages",
      code: "invalid_image_url",
    }),
    want: refused,
  },
  {
    name: "bad_request",
    seen: "400 in the short envelope",
    answer: hermes(400, { message: "Missing 'messages'", type: "invalid_request_error" }),
    want: refused,
  },
  {
    name: "agent_incomplete",
    seen: "502 JSON, a failed turn without text",
    answer: hermes(502, {
      message: "401 from the model",
      code: "agent_incomplete",
      hermes: { completed: false, partial: false, failed: true },
    }),
    want: badTurn,
  },
  {
    name: "no_provider",
    seen: "500 of a Hermes that knows no model",
    answer: hermes(500, {
      message: "Internal server error: No LLM provider configured. Run `hermes model` first.",
      type: "server_error",
    }),
    want: setupOfTurn,
  },
  {
    name: "no_provider",
    seen: "a run of a Hermes that knows no model",
    answer: run({ status: "failed", error: "No LLM provider configured. Run `hermes model`." }),
    want: setupOfTurn,
    call: "getRun",
  },
  {
    name: "server_error",
    seen: "500 JSON",
    answer: hermes(500, { message: "Internal server error: boom", type: "server_error" }),
    want: failed("transient", "yes"),
  },
  {
    name: "server_error",
    seen: "500 in plain words",
    answer: send(500, "500 Internal Server Error\n\nServer got itself in trouble"),
    want: failed("transient", "yes"),
  },
  {
    name: "hermes_4xx",
    seen: "a refusal not in the table",
    answer: hermes(422, { message: "no" }),
    want: refused,
  },
  ...[
    "⏳ Another Hermes process kept this session busy for too long.",
    "Stopped waiting for another Hermes process to finish.",
  ].map((text): FailureCase => {
    const want = failed("busy", "yes", { newKeyNeeded: true });
    return { name: "lease_busy", seen: text.slice(0, 20), answer: chat(text), want };
  }),
  {
    name: "lease_busy",
    seen: "a run that waited for its session in vain",
    answer: run({ status: "failed", error: "session_turn_lease_timeout:s1" }),
    want: failed("busy", "yes", { newKeyNeeded: true }),
    call: "getRun",
  },
  {
    name: "run_interrupted",
    seen: "a run cut by a restart",
    answer: run({ status: "interrupted" }),
    want: lost,
    call: "getRun",
  },
  {
    name: "run_cancelled",
    seen: "a run that was stopped",
    answer: run({ status: "cancelled", output: "half a" }),
    want: lost,
    call: "getRun",
  },
  {
    name: "waiting_for_approval",
    seen: "a run before a dangerous command",
    answer: run({ status: "waiting_for_approval" }),
    want: failed("needs_person", "yes"),
    call: "getRun",
  },
  {
    name: "turn_failed",
    seen: "finish_reason error with prose",
    answer: chat("HTTP 401: no credits", "error", { completed: false, failed: true }),
    want: badTurn,
  },
  {
    name: "turn_failed",
    seen: "the failed flag alone",
    answer: chat("API key is invalid", "stop", { failed: true }),
    want: badTurn,
  },
  {
    name: "turn_failed",
    seen: "a failed run",
    answer: run({ status: "failed", error: { message: "HTTP 500: model" } }),
    want: badTurn,
    call: "getRun",
  },
  {
    name: "provider_auth",
    seen: "no flag, only its first words",
    answer: chat("⚠️ Provider authentication failed: no key for openrouter"),
    want: setupOfTurn,
  },
  {
    name: "provider_auth",
    seen: "the emoji without its selector, in a run",
    answer: run({ status: "completed", output: "\u{26A0} Provider authentication failed: x" }),
    want: setupOfTurn,
    call: "getRun",
  },
  {
    name: "no_reply",
    seen: "no flag, only its first words",
    answer: chat("⚠️ No reply: the model returned empty content (3 tries)"),
    want: badTurn,
  },
  {
    name: "error_prose",
    seen: "prose without any flag",
    answer: chat("API call failed after 3 retries: 503"),
    want: badTurn,
  },
  {
    name: "html_text",
    seen: "a page as the answer's text",
    answer: chat("<!DOCTYPE html><title>502</title>"),
    want: badTurn,
  },
  ...[chat(""), chat(" \n"), chat(null), chat("", "length")].map((answer): FailureCase => {
    const want = failed("empty", "yes", { newKeyNeeded: true });
    return { name: "empty", seen: "no words at all", answer, want };
  }),
  {
    name: "empty",
    seen: "a completed run without output",
    answer: run({ status: "completed" }),
    want: failed("empty", "yes", { newKeyNeeded: true }),
    call: "getRun",
  },
  {
    name: "not_hermes",
    seen: "JSON of another service",
    answer: send(200, '{"hello":"world"}'),
    want: setupOfHermes,
  },
  {
    name: "not_hermes",
    seen: "a started run without its id",
    answer: ok({ status: "started" }),
    want: setupOfHermes,
    call: "startRun",
  },
];
