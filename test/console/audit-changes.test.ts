import { expect, test } from "vitest";
import { changesIn, changesOf } from "#console/pages/audit/changes.ts";

test("what a policy was and is stands field by field", () => {
  const before = JSON.stringify({ mode: "auto", noticeText: "Wait." });
  const after = JSON.stringify({ mode: "off", hours: { from: "09:00" } });
  expect(changesOf(before, after)).toEqual([
    { field: "mode", was: "auto", is: "off" },
    { field: "noticeText", was: "Wait.", is: null },
    { field: "hours", was: null, is: '{"from":"09:00"}' },
  ]);
});

test("a new thing has no before", () => {
  expect(changesOf(undefined, '{"name":"night"}')).toEqual([
    { field: "name", was: null, is: "night" },
  ]);
});

test("what is no object is one change", () => {
  expect(changesOf(null, "https://hermes.example.com/v1")).toEqual([
    { field: "", was: null, is: "https://hermes.example.com/v1" },
  ]);
  expect(changesOf("auto", "off")).toEqual([{ field: "", was: "auto", is: "off" }]);
  expect(changesOf(undefined, undefined)).toEqual([]);
});

test("a user's rights stand as one change per right, and what stayed is not told", () => {
  const line = { role: "operator", roleBefore: "viewer", labels: "shop", labelsBefore: "shop" };
  expect(changesIn({ ...line, reason: "asked for" })).toEqual({
    changes: [{ field: "role", was: "viewer", is: "operator" }],
    rest: { reason: "asked for" },
  });
});
