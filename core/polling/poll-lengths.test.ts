import { expect, test } from "vitest";
import { readSettings } from "#core/settings/read-settings.ts";
import { createPollLengths } from "./poll-lengths.ts";

const lengths = () => createPollLengths(readSettings(["polling"], {}).polling);
const host = "https://ilinkai.wechat.com";
const other = "https://ilinkai.weixin.qq.com";

test("a poll waits for the hold and a margin, so as not to hang up on a message", () => {
  expect(lengths().timeoutMs(host, undefined)).toBe(40_000);
});

test("a hold that WeChat names counts instead, within what the leases allow", () => {
  const known = lengths();
  expect(known.timeoutMs(host, 20_000)).toBe(25_000);
  expect(known.timeoutMs(host, 1)).toBe(10_000);
  expect(known.timeoutMs(host, 300_000)).toBe(50_000);
  expect(known.longestMs).toBe(50_000);
});

test("a gateway that gives up after 16 s has its own host's polls end before that", () => {
  const known = lengths();
  known.cut(host, "524", 16_000);
  expect(known.timeoutMs(host, undefined)).toBe(40_000);
  known.cut(host, "524", 16_000);
  expect(known.timeoutMs(host, undefined)).toBe(12_000);
  expect(known.timeoutMs(other, undefined)).toBe(40_000);
});

test("shortened polls end by our own waiting no longer, and that shortens them no further", () => {
  const known = lengths();
  for (let poll = 0; poll < 2; poll++) known.cut(host, "524", 16_000);
  for (let poll = 0; poll < 20; poll++) known.cut(host, "timeout", 12_000);
  expect(known.timeoutMs(host, undefined)).toBe(12_000);
});

test("a gateway that gives up sooner still is believed again, down to polls that always go through", () => {
  const known = lengths();
  for (let poll = 0; poll < 2; poll++) known.cut(host, "524", 16_000);
  for (let poll = 0; poll < 2; poll++) known.cut(host, "524", 10_000);
  expect(known.timeoutMs(host, undefined)).toBe(7_500);
  for (let poll = 0; poll < 2; poll++) known.cut(host, "524", 5_500);
  expect(known.timeoutMs(host, undefined)).toBe(5_000);
});

test("a connection that falls silent twice in a row is not waited for as long", () => {
  const known = lengths();
  known.cut(host, "timeout", 40_000);
  known.cut(host, "timeout", 40_000);
  expect(known.timeoutMs(host, undefined)).toBe(30_000);
});

test("one account that hangs does not shorten the polls of a host that lets others stand", () => {
  const known = lengths();
  for (let poll = 0; poll < 10; poll++) {
    known.cut(host, "524", 16_000);
    known.answered(host, 35_000);
  }
  expect(known.timeoutMs(host, undefined)).toBe(40_000);
});

test("a message that came at once says nothing about how long a poll may stand", () => {
  const known = lengths();
  known.cut(host, "524", 16_000);
  known.answered(host, 800);
  known.cut(host, "524", 16_000);
  expect(known.timeoutMs(host, undefined)).toBe(12_000);
});

test("a 524 that comes at once is trouble of another kind and shortens nothing", () => {
  const known = lengths();
  for (let poll = 0; poll < 10; poll++) known.cut(host, "524", 30);
  expect(known.timeoutMs(host, undefined)).toBe(40_000);
});
