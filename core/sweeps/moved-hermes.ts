import { ownHermesStore } from "#core/accounts/own-hermes.store.ts";
import { moveWaitingRuns } from "#core/agent-runs/own-hermes.ts";
import { forEachOf, sweepLimit, type Sweep } from "./sweep.ts";

/** Goes on with a change of an account's Hermes after which its waiting runs were not all moved. */
export const movedHermes: Sweep = {
  name: "moved_hermes",
  async run(deps) {
    const moved = await ownHermesStore(deps.db).listMoved(sweepLimit, deps.log);
    await forEachOf(moved, (account) => moveWaitingRuns(deps, account));
    return moved.length;
  },
};
