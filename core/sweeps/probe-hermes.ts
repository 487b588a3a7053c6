import { hermesHealthStore } from "#core/agent-runs/hermes-health.store.ts";
import { hermesOf } from "#core/agent-runs/call-hermes.ts";
import { plusMs } from "#core/shared/clock.ts";
import type { Sweep } from "./sweep.ts";

/** Asks a Hermes that is away whether it is back, each interval once. */
export const probeHermes: Sweep = {
  name: "probe_hermes",
  async run(deps) {
    const store = hermesHealthStore(deps.db);
    const id = deps.settings.hermes.HERMES_API_BASE_URL;
    const health = await store.find(id);
    const now = deps.clock.now();
    if (!health || health.state === "up" || health.nextProbeAt > now) return 0;
    const probe = await hermesOf(deps).probe();
    if (probe.state === "up") {
      const first = await store.markUp(id, deps.clock.now());
      if (first) deps.log.info("hermes.came_back", { awaySince: health.since.toISOString() });
      return 1;
    }
    const nextProbeAt = plusMs(deps.clock.now(), deps.settings.hermes.HERMES_RETRY_INTERVAL_MS);
    await store.putOffProbe(id, probe.cause, nextProbeAt);
    return 0;
  },
};
