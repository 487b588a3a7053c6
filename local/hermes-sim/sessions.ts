import type { Transcripts } from "./transcripts.ts";
import { fullError, json, type ApiResponse } from "./wire.ts";

/** `GET /api/sessions/{id}/messages`: what Hermes remembers, oldest first; 404 for an unknown id. */
export function sessionMessages(
  transcripts: Transcripts,
  profile: string | null,
  sessionId: string,
): ApiResponse {
  const messages = transcripts.find(profile, sessionId);
  if (messages === null)
    return fullError(404, `Session not found: ${sessionId}`, { code: "session_not_found" });
  return json(200, {
    object: "list",
    session_id: sessionId,
    data: messages.map(({ id, role, content, at, finishReason }) => ({
      id,
      session_id: sessionId,
      role,
      content,
      tool_call_id: null,
      tool_calls: null,
      tool_name: null,
      timestamp: at / 1000,
      token_count: null,
      finish_reason: finishReason,
      reasoning: null,
      reasoning_content: null,
    })),
  });
}
