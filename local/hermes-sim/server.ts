import type { HermesSimConfigPatch } from "./config.ts";
import { HermesSim } from "./sim.ts";

export type { HermesSim } from "./sim.ts";

export const DEFAULT_API_KEY = "hermes-stand-in-key";

export interface HermesSimOptions {
  /** Ports on 127.0.0.1; 0, the default, takes a free one. */
  port?: number;
  controlPort?: number;
  tunnelPort?: number;
  apiKey?: string;
  config?: HermesSimConfigPatch;
  /** The same seed gives the same ids. */
  seed?: number;
  /** Milliseconds since the epoch, for stamps and retention; turns take real time. */
  now?: () => number;
}

/** Starts the stand-in; throws when a port is taken or the config is bad. */
export async function startHermesSim(options: HermesSimOptions = {}): Promise<HermesSim> {
  const { port = 0, controlPort = 0, tunnelPort = 0 } = options;
  const sim = new HermesSim({
    apiKey: options.apiKey ?? DEFAULT_API_KEY,
    config: options.config ?? {},
    seed: options.seed,
    now: options.now ?? Date.now,
  });
  await sim.open({ port, controlPort, tunnelPort });
  return sim;
}
