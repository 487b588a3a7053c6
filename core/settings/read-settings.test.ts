import { describe, expect, test } from "vitest";
import { SettingsError } from "#core/shared/errors.ts";
import { testSettings } from "#test/test-deps.ts";
import { readSettings } from "./read-settings.ts";
import { settingSlices, type SliceName } from "./settings.ts";

const allSlices = Object.keys(settingSlices).filter(
  (name): name is SliceName => name in settingSlices,
);

function complaintOf(names: readonly SliceName[], source: Record<string, string>): string {
  try {
    readSettings(names, source);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  return "";
}

describe("a setting that is wrong", () => {
  test.each([
    ["MONGODB_URI", "postgres://a", "write a mongodb:// or mongodb+srv:// address"],
    ["AGENT_QUEUE_URL", "AgentQueue", "write an http:// or https:// address"],
    ["DEAD_LETTER_QUEUE_URL", "ftp://x/y", "write an http:// or https:// address"],
    ["HERMES_API_BASE_URL", "http://127.0.0.1:8642", "end it in /v1"],
    ["HERMES_AGENT_ENABLED", "on please", '"true"|"1"|"yes"|"false"|"0"|"no"'],
    ["HERMES_TIMEOUT_MS", "2 minutes", "expected number"],
    ["HERMES_TIMEOUT_MS", "10", ">=1000"],
    ["HERMES_RETRY_INTERVAL_MS", "1.5", "expected int"],
    ["HERMES_EXTRA_HEADERS", "CF-Access-Client-Id: x", "write a JSON object of headers"],
    ["HERMES_EXTRA_HEADERS", '{"bad name":"x"}', "write a JSON object of headers"],
    ["HERMES_EXTRA_HEADERS", '{"X-A":"break\\nit"}', "write a JSON object of headers"],
    ["POLL_PACK_SIZE", "0", ">=1"],
    ["LOG_LEVEL", "verbose", '"DEBUG"|"INFO"|"WARN"|"ERROR"'],
    ["AGENT_RETRY_SECONDS", "5, 15", "write seconds with commas, such as 5,15,45"],
    ["WECHAT_CLIENT_VERSION", "v2", "write a version such as 2.4.9"],
    ["SCHEDULE_ROLE_ARN", "schedules", "write the role's ARN"],
    ["POLL_FUNCTION_ARN", "poll", "write the poll Lambda's ARN"],
    ["API_TOKEN", "short", "write a random text of 24 characters or more"],
    ["ALERT_WEBHOOK_URL", "qyapi.weixin.qq.com/x", "write an http:// or https:// address"],
    ["ALERT_WEBHOOK_KIND", "teams", '"wecom"|"feishu"|"dingtalk"|"slack"|"json"'],
    ["TIME_ZONE", "Shanghai", "write a time zone's name such as Asia/Shanghai"],
    ["CREDENTIAL_KEY", "k1", "openssl rand -base64 32"],
  ])("%s=%s is named with what to write: %s", (key, value, hint) => {
    const complaint = complaintOf(allSlices, { ...testSettings, [key]: value });
    expect(complaint).toContain(`- ${key}: `);
    expect(complaint).toContain(hint);
  });

  test("comes with every other one in the same complaint, and with where to set them", () => {
    const complaint = complaintOf(allSlices, {
      ...testSettings,
      MONGODB_URI: "",
      HERMES_API_KEY: "",
      POLL_HOLD_SECONDS: "-1",
    });
    const lines = complaint.split("\n").filter((line) => line.startsWith("- "));
    expect(lines).toEqual([
      "- MONGODB_URI: is missing",
      expect.stringContaining("- POLL_HOLD_SECONDS: "),
      "- HERMES_API_KEY: is missing",
    ]);
    expect(complaint).toContain(".env.example");
  });

  test("never shows its value, which may be a secret", () => {
    const secret = "s3cr3t-that-must-not-show";
    const keys = allSlices.flatMap((name) => Object.keys(settingSlices[name].shape));
    for (const key of keys) {
      const complaint = complaintOf(allSlices, { ...testSettings, [key]: `${secret} \n ` });
      expect(complaint, key).not.toContain(secret);
    }
  });
});

describe("a setting that is absent", () => {
  test("takes its default, and so does an empty one", () => {
    const absent = readSettings(["polling"], {});
    expect(absent.polling.POLL_PACK_SIZE).toBe(50);
    expect(readSettings(["polling"], { POLL_PACK_SIZE: "" })).toEqual(absent);
  });

  test("does not stop a function that has no use for it", () => {
    expect(readSettings(["database"], { MONGODB_URI: "mongodb://h" }).database).toEqual({
      MONGODB_URI: "mongodb://h",
      MONGODB_DATABASE: "clawbot_hub",
    });
  });
});

describe("what is read", () => {
  test("has the shape that the code works with", () => {
    const settings = readSettings(["hermes", "agent", "wechat", "answering"], {
      HERMES_API_BASE_URL: "https://hermes.example/v1/",
      HERMES_API_KEY: "k",
      HERMES_EXTRA_HEADERS: '{"CF-Access-Client-Id":"a","CF-Access-Client-Secret":"b"}',
      AGENT_RETRY_SECONDS: "1,2,30",
      WECHAT_ALLOWED_HOSTS: " ilink.example , ,127.0.0.1:9 ",
      WECHAT_AUTO_REPLY_ENABLED: "yes",
    });
    expect(settings.hermes).toMatchObject({
      HERMES_API_BASE_URL: "https://hermes.example/v1",
      HERMES_TIMEOUT_MS: 120_000,
      HERMES_RETRY_INTERVAL_MS: 30_000,
      HERMES_EXTRA_HEADERS: { "CF-Access-Client-Id": "a", "CF-Access-Client-Secret": "b" },
    });
    expect(settings.agent.AGENT_RETRY_SECONDS).toEqual([1, 2, 30]);
    expect(settings.wechat.WECHAT_ALLOWED_HOSTS).toEqual(["ilink.example", "127.0.0.1:9"]);
    expect(settings.answering).toMatchObject({
      HERMES_AGENT_ENABLED: true,
      WECHAT_AUTO_REPLY_ENABLED: true,
    });
  });

  test("holds no slice that was not asked for", () => {
    expect(Object.keys(readSettings(["polling"], testSettings))).toEqual(["polling"]);
  });
});

describe("CREDENTIAL_KEY", () => {
  const bytes = (fill: number) => Buffer.alloc(32, fill).toString("base64");
  const read = (text: string) =>
    readSettings(["credentials"], { CREDENTIAL_KEY: text }).credentials.CREDENTIAL_KEY;

  test("names the key to encrypt with first, older ones behind it", () => {
    expect(read(`k2:${bytes(2)}, k1:${bytes(1)}`)).toEqual([
      { id: "k2", key: Buffer.alloc(32, 2) },
      { id: "k1", key: Buffer.alloc(32, 1) },
    ]);
  });

  test.each([
    ["a key that is too short", `k1:${Buffer.alloc(16).toString("base64")}`],
    ["a key without a name", `:${bytes(1)}`],
    ["a name with odd signs", `k.1:${bytes(1)}`],
    ["one name for two keys", `k1:${bytes(1)},k1:${bytes(2)}`],
    ["an empty place in the list", `k1:${bytes(1)},`],
  ])("refuses %s", (_what, text) => {
    expect(() => read(text)).toThrow(SettingsError);
  });
});
