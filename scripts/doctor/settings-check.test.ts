import { describe, expect, test } from "vitest";
import { settingSlices } from "#core/settings/settings.ts";
import { testSettings } from "#test/test-deps.ts";
import { checkSettings } from "./settings-check.ts";
import { faultsIn } from "./test-context.ts";

describe("the settings", () => {
  test("pass, slice by slice, when the functions would start with them", () => {
    const lines = checkSettings(testSettings);
    expect(lines.map(({ name }) => name)).toEqual(Object.keys(settingSlices));
    expect(new Set(lines.map(({ status }) => status))).toEqual(new Set(["pass"]));
  });

  test("that are absent skip their slice and say what to set", () => {
    const skipped = checkSettings({ HERMES_API_KEY: "" }).filter(
      ({ status }) => status === "skipped",
    );
    expect(skipped.map(({ name, seen }) => `${name}: ${seen.replace(/ \(.*/, "")}`)).toEqual([
      "database: set MONGODB_URI",
      "credentials: set CREDENTIAL_KEY",
      "queue: set AGENT_QUEUE_URL",
      "schedules: set SCHEDULE_ROLE_ARN, POLL_FUNCTION_ARN",
      "hermes: set HERMES_API_BASE_URL, HERMES_API_KEY",
      "retry: set DEAD_LETTER_QUEUE_URL",
      "api: set API_TOKEN",
    ]);
  });

  test("that are wrong are told by name and with what to write: settings_wrong", () => {
    const lines = checkSettings({
      ...testSettings,
      HERMES_API_BASE_URL: "http://127.0.0.1:8642",
      HERMES_API_KEY: "",
      POLL_PACK_SIZE: "many",
    });
    expect(faultsIn(lines)).toEqual(["polling: settings_wrong", "hermes: settings_wrong"]);
    expect(lines.find(({ name }) => name === "hermes")?.seen).toBe(
      "HERMES_API_BASE_URL: end it in /v1, such as http://127.0.0.1:8642/v1",
    );
  });
});
