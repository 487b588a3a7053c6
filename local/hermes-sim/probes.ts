import type { HermesSimConfig } from "./config.ts";
import { json, type ApiResponse } from "./wire.ts";

/** `/health` and `/v1/health`: no key, and no word on readiness. */
export function health(config: HermesSimConfig): ApiResponse {
  return json(200, { status: "ok", platform: "hermes-agent", version: config.version });
}

/** `/v1/models`: the cheapest call that needs the key. A profile's model bears its name. */
export function models(
  config: HermesSimConfig,
  profile: string | null,
  nowMs: number,
): ApiResponse {
  const id = config.multiplexProfiles && profile !== null ? profile : config.model;
  const model = {
    id,
    object: "model",
    created: Math.floor(nowMs / 1000),
    owned_by: "hermes",
    permission: [],
    root: id,
    parent: null,
  };
  return json(200, { object: "list", data: [model] });
}

/** `/v1/capabilities`: `features.runs_idempotency` is absent where runs ignore the key. */
export function capabilities(config: HermesSimConfig): ApiResponse {
  const runsIdempotency = {
    supported: true,
    durable: true,
    retention_seconds: config.runsReplaySeconds,
  };
  return json(200, {
    object: "hermes.api_server.capabilities",
    platform: "hermes-agent",
    model: config.model,
    auth: { type: "bearer", required: true },
    runtime: RUNTIME,
    features: {
      ...FEATURES,
      ...(config.runsIdempotency ? { runs_idempotency: runsIdempotency } : {}),
    },
    endpoints: ENDPOINTS,
  });
}

const RUNTIME = {
  mode: "server_agent",
  tool_execution: "server",
  split_runtime: false,
  description:
    "The API server creates a server-side Hermes AIAgent; tools execute on the API-server host " +
    "unless a future explicit split-runtime mode is enabled.",
};

// All of what 0.19.0 announces, word for word, though the stand-in refuses streams, the Responses
// API and what else our client never calls with 501.
const FEATURES = {
  chat_completions: true,
  chat_completions_streaming: true,
  responses_api: true,
  responses_streaming: true,
  run_submission: true,
  run_status: true,
  run_events_sse: true,
  run_stop: true,
  run_approval_response: true,
  tool_progress_events: true,
  approval_events: true,
  session_resources: true,
  session_chat: true,
  session_chat_streaming: true,
  session_fork: true,
  admin_config_rw: false,
  jobs_admin: false,
  memory_write_api: false,
  skills_api: true,
  audio_api: false,
  realtime_voice: false,
  session_continuity_header: "X-Hermes-Session-Id",
  session_key_header: "X-Hermes-Session-Key",
  cors: false,
};

const SESSION_PATH = "/api/sessions/{session_id}";

const ENDPOINTS = {
  health: get("/health"),
  health_detailed: get("/health/detailed"),
  models: get("/v1/models"),
  chat_completions: post("/v1/chat/completions"),
  responses: post("/v1/responses"),
  runs: post("/v1/runs"),
  run_status: get("/v1/runs/{run_id}"),
  run_events: get("/v1/runs/{run_id}/events"),
  run_approval: post("/v1/runs/{run_id}/approval"),
  run_stop: post("/v1/runs/{run_id}/stop"),
  skills: get("/v1/skills"),
  toolsets: get("/v1/toolsets"),
  sessions: get("/api/sessions"),
  session_create: post("/api/sessions"),
  session: get(SESSION_PATH),
  session_update: { method: "PATCH", path: SESSION_PATH },
  session_delete: { method: "DELETE", path: SESSION_PATH },
  session_messages: get(`${SESSION_PATH}/messages`),
  session_fork: post(`${SESSION_PATH}/fork`),
  session_chat: post(`${SESSION_PATH}/chat`),
  session_chat_stream: post(`${SESSION_PATH}/chat/stream`),
};

function get(path: string): { method: string; path: string } {
  return { method: "GET", path };
}

function post(path: string): { method: string; path: string } {
  return { method: "POST", path };
}
