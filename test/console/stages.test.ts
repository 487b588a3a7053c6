import { expect, test } from "vitest";
import { stagesOf, tokensOf } from "#console/pages/runs/stages.ts";

const at = (second: number) => new Date(Date.UTC(2026, 10, 22, 1, 0, second)).toISOString();

test("a sent run's time is told by where it went", () => {
  const run = {
    askedAt: at(0),
    hermesStartedAt: at(3),
    hermesEndedAt: at(13),
    acceptedAt: at(15),
  };
  expect(stagesOf(run)).toEqual([
    { name: "queued", ms: 3_000 },
    { name: "hermes", ms: 10_000 },
    { name: "sending", ms: 2_000 },
  ]);
  expect(stagesOf({ ...run, review: { approvedAt: at(14) } })).toEqual([
    { name: "queued", ms: 3_000 },
    { name: "hermes", ms: 10_000 },
    { name: "review", ms: 1_000 },
    { name: "sending", ms: 1_000 },
  ]);
});

test("what is not over has no length yet", () => {
  const run = { askedAt: at(0), hermesStartedAt: at(3), hermesEndedAt: null, acceptedAt: null };
  expect(stagesOf(run)).toEqual([{ name: "queued", ms: 3_000 }]);
});

test("tokens are read under either name", () => {
  expect(tokensOf({ prompt_tokens: 7, completion_tokens: 9 })).toEqual({ read: 7, written: 9 });
  expect(tokensOf({ input_tokens: 7, output_tokens: 9 })).toEqual({ read: 7, written: 9 });
  expect(tokensOf({ total: 7 })).toBeNull();
  expect(tokensOf(null)).toBeNull();
});
