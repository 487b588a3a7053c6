import { z } from "zod";
import { readCredentialKeys } from "./credential-keys.ts";
import { readExtraHeaders } from "./extra-headers.ts";
import { isTimeZone } from "./time-zone.ts";

const flag = z.stringbool({ truthy: ["true", "1", "yes"], falsy: ["false", "0", "no"] });
const url = z.url({ protocol: /^https?$/, error: "write an http:// or https:// address" });
const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const list = z.string().transform((text) =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== ""),
);

/**
 * All settings, one slice per concern; a function reads only the slices it uses, so that it stops
 * only for settings it needs and sees no secret that is not its own.
 */
export const settingSlices = {
  runtime: z.object({
    LOG_LEVEL: z.enum(["DEBUG", "INFO", "WARN", "ERROR"]).default("INFO"),
    CLOCK_OFFSET_SECONDS: whole(0, 366 * 86_400).default(0),
    HUB_STAGE: z.string().min(1).default("local"),
  }),
  database: z.object({
    MONGODB_URI: z.string().regex(/^mongodb(\+srv)?:\/\//, {
      error: "write a mongodb:// or mongodb+srv:// address",
    }),
    MONGODB_DATABASE: z.string().min(1).default("clawbot_hub"),
  }),
  credentials: z.object({
    CREDENTIAL_KEY: z.string().transform(readCredentialKeys),
  }),
  queue: z.object({ AGENT_QUEUE_URL: url }),
  schedules: z.object({
    SCHEDULE_GROUP: z.string().min(1).default("default"),
    SCHEDULE_ROLE_ARN: z.string().startsWith("arn:", { error: "write the role's ARN" }),
    SCHEDULE_DEAD_LETTER_ARN: z.string().startsWith("arn:").optional(),
    POLL_FUNCTION_ARN: z.string().startsWith("arn:", { error: "write the poll Lambda's ARN" }),
  }),
  wechat: z.object({
    WECHAT_BASE_URL: url.default("https://ilinkai.weixin.qq.com"),
    WECHAT_ALLOWED_HOSTS: list.default([]),
    WECHAT_CLIENT_VERSION: z
      .string()
      .regex(/^\d+\.\d+\.\d+$/, { error: "write a version such as 2.4.9" })
      .default("2.4.9"),
    WECHAT_APP_ID: z.string().min(1).default("bot"),
    WECHAT_PROXY_URL: url.optional(),
  }),
  sending: z.object({
    CHUNK_PAUSE_MS: whole(0, 60_000).default(1500),
    SEND_RETRY_SECONDS: whole(1, 3600).default(60),
    SEND_MAX_ATTEMPTS: whole(1, 100).default(10),
  }),
  answering: z.object({
    HERMES_AGENT_ENABLED: flag.default(true),
    WECHAT_AUTO_REPLY_ENABLED: flag.default(false),
    WECHAT_AUTO_REPLY_TEXT: z
      .string()
      .min(1)
      .default("Message received. This is an automatic development reply."),
  }),
  login: z.object({
    LOGIN_LIFETIME_SECONDS: whole(5, 800).default(330),
    LOGIN_LEASE_SECONDS: whole(2, 600).default(60),
    LOGIN_HOLD_SECONDS: whole(1, 60).default(35),
  }),
  polling: z.object({
    POLL_PACK_SIZE: whole(1, 500).default(50),
    POLL_LIFETIME_SECONDS: whole(2, 800).default(240),
    POLL_HOLD_SECONDS: whole(1, 60).default(35),
    POLL_HOLD_MARGIN_MS: whole(50, 60_000).default(5000),
    POLL_TAKE_INTERVAL_MS: whole(50, 60_000).default(4000),
    POLL_LEASE_SECONDS: whole(2, 600).default(90),
    POLL_RENEW_SECONDS: whole(1, 300).default(30),
    POLL_RETRY_MS: whole(10, 60_000).default(2000),
    POLL_LONG_RETRY_MS: whole(10, 600_000).default(30_000),
  }),
  hermes: z.object({
    HERMES_API_BASE_URL: url
      .refine((text) => /\/v1\/?$/.test(text), {
        error: "end it in /v1, such as http://127.0.0.1:8642/v1",
      })
      .transform((text) => text.replace(/\/$/, "")),
    HERMES_API_KEY: z.string().min(1),
    HERMES_MODEL: z.string().min(1).default("hermes-agent"),
    HERMES_TIMEOUT_MS: whole(1000, 840_000).default(120_000),
    HERMES_RETRY_INTERVAL_MS: whole(100, 3_600_000).default(30_000),
    HERMES_MAX_ATTEMPTS: whole(1, 100).default(5),
    HERMES_MAX_AGE_HOURS: whole(1, 24 * 30).default(24),
    HERMES_PLACES: whole(1, 1000).default(10),
    HERMES_EXTRA_HEADERS: z.string().transform(readExtraHeaders).default({}),
  }),
  ownHermes: z.object({ HERMES_ALLOW_PRIVATE: flag.default(false) }),
  agent: z.object({
    AGENT_LOOK_INTERVAL_MS: whole(50, 60_000).default(2000),
    AGENT_RETRY_SECONDS: z
      .string()
      .regex(/^\d{1,3}(,\d{1,3})*$/, { error: "write seconds with commas, such as 5,15,45" })
      .default("5,15,45")
      .transform((text) => text.split(",").map(Number)),
  }),
  retry: z.object({
    RETRY_LIFETIME_SECONDS: whole(1, 800).default(50),
    RETRY_GRACE_SECONDS: whole(1, 600).default(30),
    RETRY_LEASE_SECONDS: whole(2, 600).default(75),
    CLEAN_UP_DELAY_SECONDS: whole(0, 86_400).default(400),
    DEAD_LETTER_QUEUE_URL: url,
  }),
  api: z.object({
    API_TOKEN: z.string().min(24, { error: "write a random text of 24 characters or more" }),
    HUB_VERSION: z
      .string()
      .regex(/^[\w.+-]{1,64}$/, { error: "write letters and digits, such as 1.2.0" })
      .default("unnamed"),
  }),
  reviews: z.object({
    REVIEW_CLAIM_SECONDS: whole(5, 3600).default(120),
    REVIEW_SEND_DELAY_SECONDS: whole(0, 15).default(5),
  }),
  links: z.object({
    PUBLIC_URL: url.optional(),
    RESCAN_LINK_HOURS: whole(1, 24 * 30).default(72),
  }),
  alerts: z.object({
    ALERT_WEBHOOK_URL: url.optional(),
    ALERT_WEBHOOK_KIND: z.enum(["wecom", "feishu", "dingtalk", "slack", "json"]).optional(),
    ALERT_WEBHOOK_SECRET: z.string().min(1).optional(),
    ALERT_RETRY_SECONDS: whole(1, 3600).default(60),
    TIME_ZONE: z
      .string()
      .refine(isTimeZone, { error: "write a time zone's name such as Asia/Shanghai" })
      .default("Asia/Shanghai"),
  }),
} as const;

export type SliceName = keyof typeof settingSlices;
export type Settings = { [Name in SliceName]: z.output<(typeof settingSlices)[Name]> };
