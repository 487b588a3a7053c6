import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { hermesHealthStore } from "#core/agent-runs/hermes-health.store.ts";
import { holdSystemLease, systemOf } from "#core/database/system.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { startSmallHub, type SmallHub } from "#test/small-hub.ts";
import { testDeps } from "#test/test-deps.ts";
import { withDatabase } from "#test/with-database.ts";
import { keepPromises } from "./keep-promises.ts";
import { probeHermes } from "./probe-hermes.ts";

const { db } = withDatabase();
let hub: SmallHub;
let hermes: SmallHub["hermes"];
beforeAll(async () => {
  hub = await startSmallHub(db());
  hermes = hub.hermes;
});
afterAll(() => hub.stop());

function sweepDeps(settings: Record<string, string> = {}) {
  let receives = 0;
  return {
    ...testDeps(db(), {
      HERMES_API_BASE_URL: hermes.baseUrl,
      HERMES_API_KEY: hermes.apiKey,
      ...settings,
    }),
    schedules: { async put() {}, async remove() {}, list: async () => [] },
    pollStarter: { async watchLogin() {} },
    /** Asked once in each round of the sweeps that run once a minute. */
    deadLettersAsked: () => receives,
    deadLetters: {
      async receive() {
        receives += 1;
        return [];
      },
      async remove() {},
    },
  };
}

let deps: ReturnType<typeof sweepDeps>;
beforeEach(async () => {
  deps = sweepDeps();
  await db().collection("hermes").deleteMany({});
  await systemOf(db()).deleteMany({ _id: { $ne: "schema" } });
});

function keep(seconds = 300): Promise<Record<string, number>> {
  return keepPromises(deps, plusSeconds(deps.clock.now(), seconds));
}

/** Lets a whole minute pass for whoever keeps promises meanwhile. */
async function throughTheMinute<T>(keeping: Promise<T>): Promise<T> {
  let isOver = false;
  const over = keeping.finally(() => {
    isOver = true;
  });
  await vi.waitFor(
    async () => {
      // While the database is asked, no time passes, however slow it is.
      if (deps.clock.sleepers() > 0) await deps.clock.advance(1_000);
      expect(isOver).toBe(true);
    },
    { timeout: 20_000, interval: 5 },
  );
  return over;
}

describe("the retry Lambda", () => {
  test("goes through every sweep, and through the quick ones for its whole minute", async () => {
    const startedAt = deps.clock.now();
    const tally = await throughTheMinute(keep());
    expect(Object.keys(tally)).toEqual(
      expect.arrayContaining([
        "wanted_schedules",
        "unattended_logins",
        "abandoned_runs",
        "forgotten_messages",
        "due_outbound",
        "dead_letters",
        "audit_lines",
        "clean_ups",
        "probe_hermes",
        "due_runs",
      ]),
    );
    const seconds = (deps.clock.now().getTime() - startedAt.getTime()) / 1000;
    expect(seconds).toBeGreaterThanOrEqual(deps.settings.retry.RETRY_LIFETIME_SECONDS);
    expect(deps.deadLettersAsked()).toBe(1);
  });

  test("ends earlier where its invocation does", async () => {
    const startedAt = deps.clock.now();
    await throughTheMinute(keep(5));
    const seconds = (deps.clock.now().getTime() - startedAt.getTime()) / 1000;
    expect(seconds).toBeLessThan(deps.settings.retry.RETRY_LIFETIME_SECONDS);
  });

  test("leaves at once where another one is at it, and takes over when that one fell silent", async () => {
    const now = deps.clock.now();
    const lease = { name: "retry", holder: "lse_other", now, expiresAt: plusSeconds(now, 75) };
    await holdSystemLease(db(), lease);
    expect(await keep()).toEqual({});
    await deps.clock.advance(75_000);
    expect(Object.keys(await throughTheMinute(keep()))).not.toEqual([]);
  });

  test("of several at once only one sweeps", async () => {
    const keeping = Promise.all([keep(), keep(), keep()]);
    const tallies = await throughTheMinute(keeping);
    expect(tallies.filter((tally) => Object.keys(tally).length > 0)).toHaveLength(1);
    expect(deps.deadLettersAsked()).toBe(1);
  });

  test("gives its right back, so that the next one need not wait", async () => {
    await throughTheMinute(keep(1));
    expect(Object.keys(await throughTheMinute(keep(1)))).not.toEqual([]);
  });

  test("keeps the other promises when one sweep fails, and says which", async () => {
    deps.deadLetters.receive = () => Promise.reject(new Error("SQS is away, token s3cr3t"));
    const tally = await throughTheMinute(keep(1));
    expect(tally).toHaveProperty("clean_ups");
    expect(tally).not.toHaveProperty("dead_letters");
    const lines = deps.logLines.filter((line) => line.includes("sweep.failed"));
    expect(lines).toEqual([expect.stringContaining('"sweep":"dead_letters"')]);
    expect(lines.join()).not.toContain("s3cr3t");
  });
});

describe("a Hermes that is away", () => {
  const id = () => deps.settings.hermes.HERMES_API_BASE_URL;
  const store = () => hermesHealthStore(db());
  const probes = () => hermes.calls().filter(({ path }) => path === "/health").length;

  async function wentAway(): Promise<void> {
    const now = deps.clock.now();
    await store().markAway({
      id: id(),
      state: "down",
      cause: "refused",
      now,
      nextProbeAt: plusSeconds(now, 30),
    });
  }

  test("is asked once per interval, and not at all while nobody had trouble", async () => {
    const before = probes();
    expect(await probeHermes.run(deps)).toBe(0);
    await wentAway();
    await deps.clock.advance(29_999);
    await probeHermes.run(deps);
    expect(probes()).toBe(before);
    await deps.clock.advance(1);
    await probeHermes.run(deps);
    await probeHermes.run(deps);
    expect(probes()).toBe(before + 1);
  });

  test("comes back: everybody may ask it again", async () => {
    await wentAway();
    await deps.clock.advance(30_000);
    expect(await probeHermes.run(deps)).toBe(1);
    expect(await store().find(id())).toMatchObject({ state: "up", cause: null });
    expect(deps.logLines.join()).toContain("hermes.came_back");
  });

  test("stays away: the next look is an interval later, and the cause is for people", async () => {
    await wentAway();
    await hermes.off();
    await deps.clock.advance(30_000);
    expect(await probeHermes.run(deps)).toBe(0);
    const health = await store().find(id());
    await hermes.on();
    expect(health?.state).toBe("down");
    expect(health?.cause).toMatch(/Hermes/);
    expect(health?.nextProbeAt).toEqual(plusSeconds(deps.clock.now(), 30));
  });

  test("is there but refuses our key: that is not back", async () => {
    deps = sweepDeps({ HERMES_API_KEY: "another-key-of-hermes" });
    await wentAway();
    await deps.clock.advance(30_000);
    expect(await probeHermes.run(deps)).toBe(0);
    expect((await store().find(id()))?.state).not.toBe("up");
  });
});
