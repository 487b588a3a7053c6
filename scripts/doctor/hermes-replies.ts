import { factsOf, type Facts } from "#core/hermes/facts.ts";
import type { RowName } from "#core/hermes/failure-table.ts";
import { commonHeaders, keyHeader } from "#core/hermes/hermes.headers.ts";
import { exchange, type Reply } from "#core/hermes/hermes.transport.ts";
import { findFailure, type HermesFailure } from "#core/hermes/outcomes.ts";
import type { FaultName } from "./faults.ts";
import type { HermesTarget } from "./hermes-target.ts";

export type HermesReply = {
  facts: Facts;
  failure: HermesFailure | undefined;
  /** Where a redirect leads to, without its query. */
  redirect: URL | null;
};

const longestReplyBytes = 1024 * 1024;

/** Reads one of Hermes' quick pages as the hub does, judged by the same failure table. */
export async function readHermes(
  target: HermesTarget,
  path: string,
  options: { withKey: boolean; timeoutMs: number },
): Promise<HermesReply> {
  const { apiKey } = target;
  const key = options.withKey && apiKey !== undefined ? keyHeader(apiKey) : {};
  const reply = await exchange({
    call: "read",
    method: "GET",
    url: new URL(target.root + path),
    headers: { ...commonHeaders("doctor", target.extraHeaders), ...key },
    timeoutMs: options.timeoutMs,
    maxAnswerBytes: longestReplyBytes,
  });
  const facts = factsOf(reply, Date.now());
  return { facts, failure: findFailure(facts), redirect: redirectOf(reply, target) };
}

/** The fault behind a failed reading. */
export function faultOfReply({ facts, redirect }: HermesReply, row: RowName): FaultName {
  if (row === "redirected") return isAccess(redirect) ? "cloudflare_access" : "redirected";
  if (row === "tunnel_502" && facts.fromCloudflare) return "cloudflare_502";
  const isRefusal = row === "access_denied" || row === "tunnel_401";
  if (isRefusal && facts.fromCloudflare) return "cloudflare_access";
  return faultOfRow(row);
}

/** The fault behind a row of the failure table; `hermes_error` where no more is to be said. */
export function faultOfRow(row: RowName): FaultName {
  return faultByRow[row] ?? "hermes_error";
}

/** What came back, in a few words. */
export function seenOf({ facts, failure, redirect }: HermesReply): string {
  if (facts.silence !== undefined) return `no answer (${facts.silence})`;
  const to = redirect === null ? "" : ` to ${redirect.origin}`;
  const code = [facts.ngrok, facts.code].find((text) => text !== "");
  return `HTTP ${facts.httpStatus}${to}${code ? ` ${code}` : ""} (${failure?.row ?? "no failure"})`;
}

function redirectOf(reply: Reply, target: HermesTarget): URL | null {
  if (reply.kind === "silence" || reply.httpStatus < 300 || reply.httpStatus >= 400) return null;
  return URL.parse(reply.headers["location"] ?? "", target.url.href);
}

function isAccess(redirect: URL | null): boolean {
  if (redirect === null) return false;
  return (
    redirect.host.includes("cloudflareaccess") || redirect.pathname.includes("/cdn-cgi/access")
  );
}

const faultByRow: Partial<Record<RowName, FaultName>> = {
  dns: "host_unknown",
  private_address: "address_not_public",
  refused: "refused",
  connect_timeout: "no_connection",
  tls: "tls_cut",
  dropped: "dropped",
  too_large: "not_hermes",
  read_timeout: "slow",
  client_timeout: "too_slow",
  cloudflare_1033: "cloudflare_1033",
  edge_524: "too_slow",
  edge_52x: "cloudflare_52x",
  ngrok_3200: "ngrok_3200",
  ngrok_8012: "ngrok_8012",
  ngrok_6024: "ngrok_6024",
  ngrok_727: "ngrok_727",
  ngrok_734: "ngrok_734",
  ngrok_other: "ngrok_other",
  edge_502: "cloudflare_502",
  edge_504: "too_slow",
  tunnel_502: "tunnel_502",
  redirected: "redirected",
  access_denied: "guarded",
  tunnel_401: "guarded",
  edge_429: "tunnel_busy",
  edge_413: "question_refused",
  tunnel_404: "not_hermes",
  tunnel_5xx: "tunnel_other",
  tunnel_4xx: "guarded",
  not_json: "not_hermes",
  origin_refused: "origin_header",
  wrong_key: "wrong_key",
  capacity_reached: "places_taken",
  lease_busy: "places_taken",
  draining: "restarting",
  unknown_profile: "unknown_profile",
  wrong_path: "wrong_path",
  key_conflict: "question_refused",
  too_big: "question_refused",
  bad_request: "question_refused",
  hermes_4xx: "question_refused",
  agent_incomplete: "turn_failed",
  turn_failed: "turn_failed",
  error_prose: "turn_failed",
  html_text: "turn_failed",
  waiting_for_approval: "approval_wanted",
  no_provider: "provider_key",
  provider_auth: "provider_key",
  no_reply: "no_answer",
  empty: "no_answer",
  not_hermes: "not_hermes",
};
