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
    runtime: { mode: "server_agent", tool_execution: "server", split_runtime: false },
    features: {
      ...FEATURES,
      ...(config.runsIdempotency ? { runs_idempotency: runsIdempotency } : {}),
    },
    endpoints: ENDPOINTS,
  });
}

// The stand-in announces only what it serves; the real one says true to streaming and responses.
const FEATURES = {
  chat_completions: true,
  chat_completions_streaming: false,
  responses_api: false,
  responses_streaming: false,
  run_submission: true,
  run_status: true,
  run_events_sse: false,
  run_stop: true,
  run_approval_response: false,
  session_resources: true,
  session_chat: false,
  session_continuity_header: "X-Hermes-Session-Id",
  session_key_header: "X-Hermes-Session-Key",
  cors: false,
};

const ENDPOINTS = {
  health: { method: "GET", path: "/health" },
  models: { method: "GET", path: "/v1/models" },
  chat_completions: { method: "POST", path: "/v1/chat/completions" },
  runs: { method: "POST", path: "/v1/runs" },
  run_status: { method: "GET", path: "/v1/runs/{run_id}" },
  run_stop: { method: "POST", path: "/v1/runs/{run_id}/stop" },
  session_messages: { method: "GET", path: "/api/sessions/{session_id}/messages" },
};
