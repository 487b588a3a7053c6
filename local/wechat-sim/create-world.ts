import { createChanges } from "./changes.ts";
import { createClock } from "./clock.ts";
import type { WechatSimConfig } from "./config.ts";
import { createRandom } from "./random.ts";
import type { World } from "./world.ts";

export function createWorld(
  config: WechatSimConfig,
  seed: number,
  clock: (() => number) | undefined,
): World {
  return {
    config,
    seed,
    clock: createClock(clock),
    random: createRandom(seed),
    changes: createChanges(),
    users: new Map(),
    logins: new Map(),
    bots: new Map(),
    bubbles: [],
    attempts: [],
    phoneMessages: [],
    calls: [],
    faults: new Map(),
    seenUins: new Set(),
    url: "",
    nextNumber: 1,
  };
}
