import { Agent } from "./agent.ts";
import { CallLog } from "./calls.ts";
import type { ChatResult } from "./chat-answer.ts";
import { Changes } from "./changes.ts";
import { patchConfig, type HermesSimConfig, type HermesSimConfigPatch } from "./config.ts";
import { createIdMaker, type IdMaker } from "./id-maker.ts";
import { ReplayCache } from "./idempotency.ts";
import { Places } from "./places.ts";
import { Runs } from "./runs.ts";
import { Scripts } from "./scripts.ts";
import { Transcripts } from "./transcripts.ts";

export interface GatewayOptions {
  apiKey: string;
  config: HermesSimConfigPatch;
  seed: number | undefined;
  now: () => number;
}

/** The state of one gateway: what its process knows and what lies in its databases. */
export class Gateway {
  readonly apiKey: string;
  readonly now: () => number;
  readonly newId: IdMaker;
  readonly changes = new Changes();
  readonly scripts = new Scripts();
  readonly calls: CallLog;
  readonly transcripts: Transcripts;
  readonly agent: Agent;
  readonly places: Places;
  readonly chatReplays: ReplayCache<ChatResult>;
  readonly runs: Runs;
  isDraining = false;
  #config: HermesSimConfig;

  constructor({ apiKey, config, seed, now }: GatewayOptions) {
    this.apiKey = apiKey;
    this.now = now;
    this.#config = patchConfig(null, config);
    this.newId = createIdMaker(seed);
    this.calls = new CallLog(this.changes, now);
    this.transcripts = new Transcripts(now);
    this.agent = new Agent(this);
    this.places = new Places(() => this.agent.running().length);
    this.chatReplays = new ReplayCache(now, () => ({
      replaySeconds: this.#config.chatReplaySeconds,
      maxEntries: this.#config.chatReplayEntries,
    }));
    this.runs = new Runs(this);
  }

  get config(): Readonly<HermesSimConfig> {
    return this.#config;
  }

  /** Throws a ZodError and changes nothing when the patch is bad. */
  configure(patch: HermesSimConfigPatch): void {
    this.#config = patchConfig(this.#config, patch);
    this.changes.notify();
  }

  setDraining(isDraining: boolean): void {
    this.isDraining = isDraining;
    this.changes.notify();
  }

  /** The process dies: turns end, memory goes; transcripts and runs with a durable key stay. */
  die(): void {
    this.agent.kill();
    this.chatReplays.forget();
    this.places.clear();
    this.runs.restart();
    this.isDraining = false;
    this.changes.notify();
  }
}
