import type { IncomingHttpHeaders } from "node:http";

import type { FullTunnelBehaviour } from "./tunnel-behaviour.ts";

/** What a tunnel says by itself, without the gateway. */
export interface TunnelAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** The answer that keeps a request from the gateway, or null when it may pass. */
export function refusal(
  behaviour: FullTunnelBehaviour,
  headers: IncomingHttpHeaders,
): TunnelAnswer | null {
  switch (behaviour.kind) {
    case "cloudflare-offline":
      return cloudflare1033(headers);
    case "cloudflare-edge-error":
      return cloudflarePage(behaviour.status, EDGE_TITLES[behaviour.status] ?? "Origin trouble");
    case "cloudflare-busy":
      return cloudflarePage(429, "Too many requests in flight");
    case "cloudflare-too-large":
      return cloudflarePage(413, "Request entity too large");
    case "cloudflare-access":
      return accessRefusal(behaviour, headers);
    case "ngrok":
      return isBrowser(headers) ? ngrokPage(200, 6024, "You are about to visit this site") : null;
    case "ngrok-offline":
      return ngrokPage(404, 3200, "The endpoint is offline.");
    case "ngrok-quota":
      return ngrokPage(behaviour.status, behaviour.code, QUOTA_TEXTS[behaviour.code]);
    case "tailscale-502":
      return { status: 502, headers: {}, body: "" };
    case "html-200":
      return page(200, "Welcome to this network", { Server: "captive-portal" });
    case "none":
    case "cloudflare":
    case "tailscale-cut":
    case "slow-drip":
    case "cut-before-answer":
    case "cut-mid-body":
    default:
      return null;
  }
}

/** What the client gets when the gateway's port refuses or the connection to it breaks. */
export function originGone({ kind }: FullTunnelBehaviour, wasConnected: boolean): TunnelAnswer {
  if (kind === "cloudflare" || kind === "cloudflare-access")
    return wasConnected
      ? cloudflarePage(520, "Web server is returning an unknown error")
      : cloudflarePage(502, "Bad gateway");
  if (kind === "ngrok")
    return ngrokPage(502, 8012, "The agent could not reach the upstream web service.");
  return { status: 502, headers: {}, body: "" };
}

/** Cloudflare's page in place of the origin's own 502 or 504, JSON or not. */
export function cloudflareReplacement(status: number): TunnelAnswer | null {
  if (status === 502) return cloudflarePage(502, "Bad gateway");
  return status === 504 ? cloudflarePage(504, "Gateway time-out") : null;
}

export function cloudflareTimeout(): TunnelAnswer {
  return cloudflarePage(524, "A timeout occurred");
}

const EDGE_TITLES: Record<number, string> = {
  520: "Web server is returning an unknown error",
  521: "Web server is down",
  522: "Connection timed out",
  523: "Origin is unreachable",
  525: "SSL handshake failed",
  526: "Invalid SSL certificate",
};

const QUOTA_TEXTS = {
  727: "This account reached its HTTP requests limit for the month.",
  734: "This account exceeded its requests per minute.",
};

function page(status: number, title: string, headers: Record<string, string>): TunnelAnswer {
  const body = `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`;
  return { status, headers: { "Content-Type": "text/html; charset=UTF-8", ...headers }, body };
}

function cloudflarePage(status: number, title: string): TunnelAnswer {
  const ray = { Server: "cloudflare", "CF-RAY": "8f2d1c0b9a3e4f5d-FRA" };
  return page(status, `${title} | Error code ${status}`, { ...ray, "Cache-Control": "no-store" });
}

function cloudflare1033(headers: IncomingHttpHeaders): TunnelAnswer {
  const retry = { Server: "cloudflare", "Retry-After": "120" };
  const accept = headers.accept ?? "";
  if (accept.includes("application/json")) {
    const body = JSON.stringify({
      title: "Error 1033: Cloudflare Tunnel error",
      status: 530,
      error_code: 1033,
      retryable: true,
      retry_after: 120,
    });
    return { status: 530, headers: { "Content-Type": "application/json", ...retry }, body };
  }
  if (accept.includes("text/html")) {
    const html = page(530, "Cloudflare Tunnel error", retry);
    return { ...html, body: html.body.replace("</h1>", "</h1><p>error code: 1033</p>") };
  }
  const plain = { "Content-Type": "text/plain; charset=UTF-8", ...retry };
  return { status: 530, headers: plain, body: "error code: 1033" };
}

function accessRefusal(
  behaviour: FullTunnelBehaviour & { kind: "cloudflare-access" },
  headers: IncomingHttpHeaders,
): TunnelAnswer | null {
  const isKnown =
    headers["cf-access-client-id"] === behaviour.clientId &&
    headers["cf-access-client-secret"] === behaviour.clientSecret;
  if (isKnown) return null;
  if (behaviour.refusal === "redirect") {
    const location = "https://team.cloudflareaccess.example/cdn-cgi/access/login/hermes";
    return { status: 302, headers: { Server: "cloudflare", Location: location }, body: "" };
  }
  const challenge = { Server: "cloudflare", "cf-mitigated": "challenge" };
  return page(403, "Just a moment...", challenge);
}

function isBrowser(headers: IncomingHttpHeaders): boolean {
  const skips = headers["ngrok-skip-browser-warning"] !== undefined;
  return !skips && /mozilla/i.test(headers["user-agent"] ?? "");
}

function ngrokPage(status: number, code: number, text: string): TunnelAnswer {
  const name = `ERR_NGROK_${code}`;
  return page(status, `${text} ${name}`, { "ngrok-error-code": name });
}
