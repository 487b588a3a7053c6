import { auditStore } from "#core/audit/audit.store.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { sweepLimit, type Sweep } from "./sweep.ts";

/** Moves audit lines to the log that were left on their documents. */
export const auditLines: Sweep = {
  name: "audit_lines",
  run(deps) {
    const before = plusSeconds(deps.clock.now(), -deps.settings.retry.RETRY_GRACE_SECONDS);
    return auditStore(deps.db).moveLeftBehind({ before, limit: sweepLimit, log: deps.log });
  },
};
