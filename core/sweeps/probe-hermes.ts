import type { Account } from "#core/accounts/account.ts";
import { ownHermesStore } from "#core/accounts/own-hermes.store.ts";
import { hermesHealthStore, type HermesHealth } from "#core/agent-runs/hermes-health.store.ts";
import { hermesOf, hermesTargetOf } from "#core/agent-runs/hermes-target.ts";
import { plusMs } from "#core/shared/clock.ts";
import { forEachOf, sweepLimit, type Sweep, type SweepDeps } from "./sweep.ts";

/** Asks each Hermes that is away whether it is back, each interval once. */
export const probeHermes: Sweep = {
  name: "probe_hermes",
  async run(deps) {
    const now = deps.clock.now();
    const due = await hermesHealthStore(deps.db).listProbes(now, sweepLimit, deps.log);
    let back = 0;
    await forEachOf(due, async (health) => {
      if (await isBack(deps, health)) back++;
    });
    return back;
  },
};

async function isBack(deps: SweepDeps, health: HermesHealth): Promise<boolean> {
  const store = hermesHealthStore(deps.db);
  const owner = await ownerOf(deps, health._id);
  if (owner === undefined) {
    await store.forget(health._id);
    return false;
  }
  const probe = await hermesOf(deps, owner).probe();
  if (probe.state === "up") {
    const first = await store.markUp(health._id, deps.clock.now());
    if (first) deps.log.info("hermes.came_back", { awaySince: health.since.toISOString() });
    return true;
  }
  const nextProbeAt = plusMs(deps.clock.now(), deps.settings.hermes.HERMES_RETRY_INTERVAL_MS);
  await store.putOffProbe(health._id, probe.cause, nextProbeAt);
  return false;
}

/** Whose key it takes: null for the settings', an account, or undefined when nobody has it any more. */
async function ownerOf(deps: SweepDeps, id: string): Promise<Account | null | undefined> {
  if (hermesTargetOf(deps, null).id === id) return null;
  return (await ownHermesStore(deps.db).findUser(id)) ?? undefined;
}
