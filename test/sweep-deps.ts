import type { Db } from "mongodb";
import type { DeadLetter } from "#core/queue/dead-letters.ts";
import { testDeps } from "./test-deps.ts";

export type SweepTestDeps = ReturnType<typeof sweepTestDeps>;

/** What sweeps work with: AWS notes what it is asked, and fails for the ids in `broken`. */
export function sweepTestDeps(db: Db) {
  const called: string[] = [];
  const letters: DeadLetter[] = [];
  const broken = new Set<string>();
  const call = (what: string, id: string) => {
    called.push(`${what} ${id}`);
    return broken.has(id) ? Promise.reject(new Error("AWS says no")) : Promise.resolve();
  };
  return {
    ...testDeps(db, { HERMES_PLACES: "3" }),
    called,
    letters,
    /** Ids for which AWS fails. */
    broken,
    schedules: {
      list: async () => [],
      put: (id: string) => call("put", id),
      remove: (id: string) => call("remove", id),
    },
    pollStarter: { watchLogin: (id: string) => call("watch", id) },
    deadLetters: {
      receive: async () => letters.slice(0, 10),
      async remove(letter: DeadLetter) {
        letters.splice(letters.indexOf(letter), 1);
      },
    },
  };
}
