import { z } from "zod";

const timeoutMs = z.number().int().min(1);

/** What stands between the client and the gateway, and how it is doing (reference/hermes.md 2). */
export const tunnelBehaviourSchema = z.discriminatedUnion("kind", [
  /** A plain proxy; an origin that refuses becomes an empty 502. */
  z.strictObject({ kind: z.literal("none") }),
  /** 524 after `timeoutMs` without a byte, and its own pages for the origin's 502 and 504. */
  z.strictObject({
    kind: z.literal("cloudflare"),
    timeoutMs: timeoutMs.default(120_000),
  }),
  /** No connector: 530 with `error code: 1033`. */
  z.strictObject({ kind: z.literal("cloudflare-offline") }),
  /** Trouble between edge and origin. */
  z.strictObject({
    kind: z.literal("cloudflare-edge-error"),
    status: z.union([520, 521, 522, 523, 525, 526].map((status) => z.literal(status))).default(522),
  }),
  /** A quick tunnel's cap of requests in flight: 429 as HTML. */
  z.strictObject({ kind: z.literal("cloudflare-busy") }),
  /** The edge's own size limit: 413 as HTML. */
  z.strictObject({ kind: z.literal("cloudflare-too-large") }),
  /** Lets only requests with this service token through. */
  z.strictObject({
    kind: z.literal("cloudflare-access"),
    refusal: z.enum(["redirect", "forbidden"]).default("redirect"),
    clientId: z.string().default("hub.access"),
    clientSecret: z.string().default("hub-access-secret"),
  }),
  /** Shows browsers an interstitial; an origin that refuses becomes ERR_NGROK_8012. */
  z.strictObject({ kind: z.literal("ngrok") }),
  z.strictObject({ kind: z.literal("ngrok-offline") }),
  /** 727: the month's quota; 734: the minute's. ngrok states no HTTP status for them. */
  z.strictObject({
    kind: z.literal("ngrok-quota"),
    code: z.union([z.literal(727), z.literal(734)]).default(727),
    status: z.number().int().min(400).max(599).default(429),
  }),
  /** Cuts each connection before a byte comes back, as a broken TLS handshake looks. */
  z.strictObject({ kind: z.literal("tailscale-cut") }),
  /** tailscaled answers 502 by itself. */
  z.strictObject({ kind: z.literal("tailscale-502") }),
  /** The answer comes in pieces of `bytes`, one per `everyMs`. */
  z.strictObject({
    kind: z.literal("slow-drip"),
    bytes: z.number().int().min(1).default(16),
    everyMs: z.number().int().min(1).default(200),
  }),
  /** The gateway worked and answered, but the client only sees the connection go. */
  z.strictObject({ kind: z.literal("cut-before-answer") }),
  z.strictObject({
    kind: z.literal("cut-mid-body"),
    afterBytes: z.number().int().min(0).default(40),
  }),
  /** A captive portal: 200, but a page. */
  z.strictObject({ kind: z.literal("html-200") }),
]);

export type TunnelBehaviour = z.input<typeof tunnelBehaviourSchema>;
export type FullTunnelBehaviour = z.output<typeof tunnelBehaviourSchema>;
export type TunnelKind = FullTunnelBehaviour["kind"];
