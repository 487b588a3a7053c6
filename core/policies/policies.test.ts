import { describe, expect, test } from "vitest";
import { plusSeconds } from "#core/shared/clock.ts";
import { RequestError } from "#core/shared/errors.ts";
import { policyNamed } from "#test/records.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { createPolicyCache } from "./policy-cache.ts";
import { policyStore } from "./policy.store.ts";
import { awayNotice, needsReview, type Policy } from "./policy.ts";

const { db } = withDatabase();

describe("the policies", () => {
  test("are there from the start, one for each of the brief's modes", async () => {
    const policies = await policyStore(db()).list();
    expect(
      policies.map(({ _id, mode, requiresHumanReview }) => [_id, mode, requiresHumanReview]),
    ).toEqual([
      ["auto", "auto", false],
      ["manual-review", "manual-review", true],
      ["off", "off", false],
    ]);
  });

  test("that an operator changed stay so when the hub is deployed again", async () => {
    const policies = db().collection<Policy>("policies");
    await policies.updateOne({ _id: "off" }, { $set: { debounceSeconds: 9 } });
    await policyStore(db()).seed();
    expect((await policyStore(db()).get("off")).debounceSeconds).toBe(9);
  });

  test("that do not exist are an error that says what to do", async () => {
    await expect(policyStore(db()).get("nope")).rejects.toThrow(/List the policies/);
    await expect(policyStore(db()).get("nope")).rejects.toThrow(RequestError);
  });
});

describe("a poller's policies", () => {
  test("are read again after ten seconds", async () => {
    const deps = testDeps(db());
    const cache = createPolicyCache(deps);
    const before = (await cache.get("auto")).debounceSeconds;
    const policies = db().collection<Policy>("policies");
    await policies.updateOne({ _id: "auto" }, { $set: { debounceSeconds: before + 1 } });

    await deps.clock.advance(9_999);
    expect((await cache.get("auto")).debounceSeconds).toBe(before);
    await deps.clock.advance(1);
    expect((await cache.get("auto")).debounceSeconds).toBe(before + 1);
  });

  test("that are gone leave the default, so that polling goes on", async () => {
    expect((await createPolicyCache(testDeps(db())).get("deleted"))._id).toBe("auto");
  });
});

describe("whether a person has to look at an answer", () => {
  const asked = new Date("2026-03-02T08:00:00.000Z");

  test("is asked outside of the policy's hours only", () => {
    const hours = { zone: "UTC", days: [1, 2, 3, 4, 5], from: "09:00", to: "18:00" };
    const policy = { ...policyNamed("auto"), hours };
    const later = new Date("2026-03-02T09:00:00.000Z");
    expect(needsReview(policy, asked, asked)).toBe(true);
    expect(needsReview(policy, asked, later)).toBe(false);
    expect(needsReview({ ...policyNamed("manual-review"), hours }, asked, later)).toBe(true);
  });

  const minutes = policyNamed("auto").maxAnswerAgeMinutes;

  test("depends on the policy", () => {
    expect(needsReview(policyNamed("auto"), asked, asked)).toBe(false);
    expect(needsReview(policyNamed("manual-review"), asked, asked)).toBe(true);
  });

  test("and on the question's age", () => {
    const at = (seconds: number) => plusSeconds(asked, minutes * 60 + seconds);
    expect(needsReview(policyNamed("auto"), asked, at(0))).toBe(false);
    expect(needsReview(policyNamed("auto"), asked, at(1))).toBe(true);
  });
});

test("the notice is the brief's, word for word", () => {
  expect(awayNotice).toBe(
    "Message received. Currently, the Agent cannot connect temporarily. I will queue this message first, and continue processing and reply after the connection is restored.",
  );
});
