import type { Deps } from "#core/shared/deps.ts";
import { idMaker } from "#core/shared/ids.ts";
import type { Random } from "#local/wechat-sim/random.ts";

export type SampleDeps = Deps<"hermes" | "credentials">;

/** What the parts of a sample are made from. */
export type SampleSource = {
  deps: SampleDeps;
  random: Random;
  /** The ids of those who created and approved bots, and who read drafts and took over. */
  people: { operators: readonly string[]; reviewers: readonly string[] };
  /** The ids of policies by which a person reads first, and by which nobody does. */
  policies: { reviewed: readonly string[]; auto: readonly string[] };
  /** Where WeChat knows the bots; null: nowhere, so that nothing is polled. */
  wechatUrl: string | null;
};

/** The same hub at another time, so that ids and dates tell that one. */
export function depsAt<D extends SampleDeps>(deps: D, time: Date): D {
  const clock = { ...deps.clock, now: () => time, ageNow: () => time };
  return { ...deps, newId: idMaker(() => time), clock };
}
