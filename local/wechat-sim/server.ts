import { randomInt } from "node:crypto";
import type { Call } from "./calls.ts";
import type { Truthy } from "./changes.ts";
import { WechatSimConfig } from "./config.ts";
import { type ConfigPatch, patchConfig } from "./config-patch.ts";
import { type Control, createControl } from "./control.ts";
import { createWorld } from "./create-world.ts";
import { closeServer, listen, type Listener } from "./listener.ts";
import type { World } from "./world.ts";
import type { z } from "zod";
import type { FaultRule } from "./faults.ts";
import type { SimState } from "./snapshot.ts";

export interface WechatSimOptions {
  /** 0 or nothing takes a free port. */
  port?: number;
  /** 127.0.0.1 unless given: the control API has no password. */
  host?: string;
  config?: ConfigPatch;
  /** Makes ids and chances repeatable. */
  seed?: number;
  /** The real clock, milliseconds since the epoch. */
  clock?: () => number;
}

/** A running simulator. The verbs of Control throw SimError on wrong use and change nothing then. */
export interface WechatSim extends Omit<
  Control,
  "advanceClock" | "armFault" | "disarmFault" | "calls" | "state"
> {
  /** Base of the iLink API, and where its page is. */
  readonly url: string;
  /** The second listener, where a redirected login goes on. */
  readonly redirectUrl: string;
  readonly config: WechatSimConfig;
  /** Moves WeChat's time forward; what falls due on the way happens at once. */
  advanceClock(ms: number): void;
  /** Arms a fault and gives its id. */
  armFault(rule: z.input<typeof FaultRule>): string;
  disarmFault(faultId: string): void;
  /** The newest iLink calls, oldest first. */
  calls(): Call[];
  state(): SimState;
  /**
   * Resolves with the first truthy value of `read`, asked now and after every change. Rejects
   * after `timeoutMs` (5 s unless given) or when the simulator stops.
   */
  waitFor<T>(read: (state: SimState) => T, timeoutMs?: number): Promise<Truthy<T>>;
  /** Cuts all connections, held polls too, and frees the ports. */
  stop(): Promise<void>;
}

/**
 * Starts a stand-in for WeChat's iLink bot API on one machine: reference/ilink.md 3, without the
 * CDN. Throws a ZodError when the config is wrong.
 */
export async function startWechatSim(options: WechatSimOptions = {}): Promise<WechatSim> {
  const config = patchConfig(WechatSimConfig.parse({}), options.config);
  const world = createWorld(config, options.seed ?? randomInt(2 ** 32 - 1), options.clock);
  const control = createControl(world);
  const host = options.host ?? "127.0.0.1";
  const { listener, redirectListener } = await listenTwice({ world, control, host }, options.port);
  world.url = listener.url;
  return {
    ...control,
    url: listener.url,
    redirectUrl: redirectListener.url,
    get config() {
      return world.config;
    },
    advanceClock(ms) {
      control.advanceClock({ ms });
    },
    armFault: (rule) => control.armFault(rule).faultId,
    disarmFault: (faultId) => control.disarmFault({ faultId }),
    calls: () => control.calls(),
    state: () => control.state(),
    waitFor: (read, timeoutMs = 5_000) =>
      world.changes.waitFor(() => read(control.state()), timeoutMs),
    async stop() {
      world.clock.stop();
      world.changes.stop();
      await Promise.all([closeServer(listener.server), closeServer(redirectListener.server)]);
    },
  };
}

/** Both listeners, or neither: a port that is taken must leave nothing open. */
async function listenTwice(
  common: { world: World; control: Control; host: string },
  port = 0,
): Promise<{ listener: Listener; redirectListener: Listener }> {
  const redirectListener = await listen({ ...common, port: 0 });
  try {
    const redirectHost = new URL(redirectListener.url).host;
    return { listener: await listen({ ...common, port, redirectHost }), redirectListener };
  } catch (error) {
    await closeServer(redirectListener.server);
    throw error;
  }
}
