import { expect, test } from "vitest";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { readSettings } from "./read-settings.ts";
import { describeSettings, seenSettingsStore } from "./seen-settings.ts";

const { db } = withDatabase();
const deps = testDeps(db());

const source = {
  MONGODB_URI: "mongodb://hub:very-secret@db/",
  WECHAT_BASE_URL: "https://me:very-secret@wechat.example/",
  LOG_LEVEL: "",
};
const slices = ["runtime", "database", "wechat"] as const;
const isSecret = (name: string) => name === "MONGODB_URI";
const seen = describeSettings(slices, readSettings(slices, source), source, isSecret);
const of = (wanted: string) => seen.find(({ name }) => name === wanted);

test("a setting is shown with where it comes from, a secret without its value", () => {
  expect(of("LOG_LEVEL")).toMatchObject({ from: "default", value: "INFO" });
  expect(of("WECHAT_BASE_URL")).toMatchObject({ from: "set", value: "https://…@wechat.example/" });
  expect(of("WECHAT_PROXY_URL")).toMatchObject({ from: "absent", value: null });
  expect(of("MONGODB_URI")).toMatchObject({ from: "set", isSecret: true, value: null });
  expect(JSON.stringify(seen)).not.toContain("very-secret");
});

test("each function's latest look is kept", async () => {
  const store = seenSettingsStore(db());
  const seenAt = deps.clock.now();
  await store.keep({ functionName: "poll", settings: [], seenAt: new Date(0) });
  await store.keep({ functionName: "poll", settings: seen, seenAt });
  expect(await store.list(["poll", "agent"])).toEqual([
    { functionName: "poll", settings: seen, seenAt },
  ]);
});
