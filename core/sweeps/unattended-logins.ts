import { loginStore } from "#core/logins/login.store.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { forEachOf, sweepLimit, type Sweep } from "./sweep.ts";

/** Starts a worker for each open login that nobody watches. */
export const unattendedLogins: Sweep = {
  name: "unattended_logins",
  async run(deps) {
    const now = deps.clock.now();
    const logins = await loginStore(deps.db).listUnattended(now, sweepLimit, deps.log);
    // A login just made has its worker on the way.
    const late = logins.filter(({ createdAt }) => plusSeconds(createdAt, 10) <= now);
    await forEachOf(late, ({ _id }) => deps.pollStarter.watchLogin(_id));
    return late.length;
  },
};
