import { createChanges } from "./changes.ts";
import { createClock } from "./clock.ts";
import type { WechatSimConfig } from "./config.ts";
import { createRandom, seedOfStart } from "./random.ts";
import type { World } from "./world.ts";

export interface Beginning {
  config: WechatSimConfig;
  seed: number;
  /** 1 is the first start, with nothing kept. */
  starts: number;
  clock: (() => number) | undefined;
  clockOffsetMs: number;
}

export function createWorld({ config, seed, starts, clock, clockOffsetMs }: Beginning): World {
  return {
    config,
    configChanges: {},
    seed,
    starts,
    clock: createClock(clock, clockOffsetMs),
    random: createRandom(seedOfStart(seed, starts)),
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
    keeper: null,
    url: "",
    nextNumber: 1,
  };
}
