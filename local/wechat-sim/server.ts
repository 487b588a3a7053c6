import { randomInt } from "node:crypto";
import type { Call } from "./calls.ts";
import type { Truthy } from "./changes.ts";
import { WechatSimConfig } from "./config.ts";
import { type ConfigPatch, patchConfig } from "./config-patch.ts";
import { type Control, createControl } from "./control.ts";
import { createWorld } from "./create-world.ts";
import { damaged, readDataFile, writeSaved } from "./data-file.ts";
import { createKeeper } from "./keeper.ts";
import { closeServer, listen, type Listener } from "./listener.ts";
import { recall, remember } from "./memory.ts";
import type { World } from "./world.ts";
import { z } from "zod";
import type { FaultRule } from "./faults.ts";
import type { SimState } from "./snapshot.ts";

export interface WechatSimOptions {
  /** 0 or nothing takes a free port. */
  port?: number;
  /** 127.0.0.1 unless given: the control API has no password. */
  host?: string;
  config?: ConfigPatch;
  /** Makes ids and chances repeatable; with a data file, each of its starts by itself. */
  seed?: number;
  /** The real clock, milliseconds since the epoch. */
  clock?: () => number;
  /** Keeps people, bots, logins, messages and changed rules between starts; for one simulator. */
  dataFile?: string;
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
  /** Cuts all connections, held polls too, and frees the ports. Throws DataFileError. */
  stop(): Promise<void>;
}

/**
 * Starts a stand-in for WeChat's iLink bot API on one machine: reference/ilink.md 3, without the
 * CDN. Throws a ZodError when the config is wrong, DataFileError when the data file is.
 */
export async function startWechatSim(options: WechatSimOptions = {}): Promise<WechatSim> {
  const world = await beginWorld(options);
  const control = createControl(world);
  const host = options.host ?? "127.0.0.1";
  const { listener, redirectListener } = await listenTwice(
    { world, control, host },
    options.port,
  ).catch((error: unknown) => {
    world.clock.stop();
    throw error;
  });
  world.url = listener.url;
  // The number of this start must be on disk before an id is given out.
  await world.keeper?.flush();
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
      await world.keeper?.close();
    },
  };
}

/** A new world, or the one that the data file has. */
async function beginWorld(options: WechatSimOptions): Promise<World> {
  const { dataFile, clock } = options;
  const saved = dataFile === undefined ? null : await readDataFile(dataFile);
  const given = patchConfig(WechatSimConfig.parse({}), options.config);
  const world = createWorld({
    config: saved ? withChanges(given, saved.configChanges, dataFile) : given,
    seed: options.seed ?? saved?.seed ?? randomInt(2 ** 32 - 1),
    starts: (saved?.starts ?? 0) + 1,
    clock,
    clockOffsetMs: saved?.clockOffsetMs ?? 0,
  });
  if (saved) recall(world, saved);
  if (dataFile === undefined) return world;
  const keeper = createKeeper(dataFile, () => writeSaved(remember(world)));
  world.changes.subscribe(() => keeper.touch());
  world.keeper = keeper;
  return world;
}

function withChanges(given: WechatSimConfig, changes: unknown, dataFile = ""): WechatSimConfig {
  try {
    return patchConfig(given, changes);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    throw damaged(dataFile, `its configChanges do not fit.\n${z.prettifyError(error)}`);
  }
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
