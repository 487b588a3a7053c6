import { readFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import { expect, test } from "vitest";
import { testSettings } from "#test/test-deps.ts";
import { readSettings } from "./read-settings.ts";
import { settingSlices, type SliceName } from "./settings.ts";

const text = await readFile(new URL("../../.env.example", import.meta.url), "utf8");
const example = parseEnv(text);
const slices = Object.keys(settingSlices).filter(
  (name): name is SliceName => name in settingSlices,
);
const keys = slices.flatMap((name) => Object.keys(settingSlices[name].shape));

/** As the brief of the hub calls them (reference/brief.txt). */
const briefNames = [
  "HERMES_AGENT_ENABLED",
  "HERMES_API_BASE_URL",
  "HERMES_API_KEY",
  "HERMES_MODEL",
  "HERMES_TIMEOUT_MS",
  "HERMES_RETRY_INTERVAL_MS",
  "WECHAT_AUTO_REPLY_ENABLED",
];

const secrets = [
  "MONGODB_URI",
  "HERMES_API_KEY",
  "HERMES_EXTRA_HEADERS",
  "CREDENTIAL_KEY",
  "API_TOKEN",
  "ALERT_WEBHOOK_URL",
  "ALERT_WEBHOOK_SECRET",
  "WECHAT_PROXY_URL",
];

test(".env.example has every setting and no other", () => {
  expect(Object.keys(example).toSorted()).toEqual(keys.toSorted());
});

test("the names of the brief come first", () => {
  const inOrder = [...text.matchAll(/^([A-Z_]+)=/gm)].map(([, key]) => key);
  expect(inOrder.slice(0, briefNames.length)).toEqual(briefNames);
});

test("each value is the default, and what has none is left to fill in", () => {
  const filledIn = Object.entries(example).filter(([, value]) => value !== "");
  const read = readSettings(slices, { ...testSettings, ...Object.fromEntries(filledIn) });
  expect(read).toEqual(readSettings(slices, testSettings));
  for (const key of Object.keys(testSettings)) expect(example[key], key).toBe("");
});

test("each setting has a comment line of its own, and the secret ones say so", () => {
  const lines = text.split("\n");
  for (const key of Object.keys(example)) {
    const comment = lines[lines.findIndex((line) => line.startsWith(`${key}=`)) - 1];
    expect(comment, key).toMatch(/^# \S/);
    expect(comment?.startsWith("# Secret. "), key).toBe(secrets.includes(key));
  }
});
