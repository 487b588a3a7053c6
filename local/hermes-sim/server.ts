import { Agent, type AnswerFunction } from "./agent.ts";
import { handleApiCall, type ApiParts } from "./api.ts";
import { CallLog, type Call } from "./calls.ts";
import { Changes } from "./changes.ts";
import { patchConfig, type HermesSimConfig, type HermesSimConfigPatch } from "./config.ts";
import type { Execution } from "./executions.ts";
import { createIdMaker } from "./id-maker.ts";
import { ReplayCache } from "./idempotency.ts";
import { Listener } from "./listener.ts";
import { Places } from "./places.ts";
import { Scripts, type Script, type ScriptMatch } from "./scripts.ts";
import { Transcripts, type TranscriptMessage } from "./transcripts.ts";
import { turnSchema, type AgentResult, type Turn } from "./turns.ts";

export const DEFAULT_API_KEY = "hermes-stand-in-key";

export interface HermesSimOptions {
  /** 0, the default, takes a free one. */
  port?: number;
  controlPort?: number;
  apiKey?: string;
  config?: HermesSimConfigPatch;
  /** The same seed gives the same ids. */
  seed?: number;
  /** Milliseconds since the epoch, for retention times and stamps; turns take real time. */
  now?: () => number;
}

/** A Hermes gateway with a scripted agent (reference/hermes.md 4). */
export interface HermesSim {
  readonly url: string;
  /** What `HERMES_API_BASE_URL` wants: ends in `/v1`. */
  readonly baseUrl: string;
  readonly controlUrl: string;
  readonly apiKey: string;
  readonly isOn: boolean;
  config(): HermesSimConfig;
  /** Throws a ZodError and changes nothing when the patch is bad. */
  configure(patch: HermesSimConfigPatch): void;
  /** Who answers the turns that no script takes; null brings the echo back. */
  setAnswer(answer: AnswerFunction | null): void;
  /** Lays out the next matching turn(s), ahead of the answer function. */
  scriptNext(turn: Turn, match?: ScriptMatch): void;
  scripts(): Script[];
  clearScripts(): void;
  /** Closes the port and cuts its connections. With `forget` the process dies: turns end, memory goes. */
  off(options?: { forget?: boolean }): Promise<void>;
  on(): Promise<void>;
  /** Off with `forget`, then on; ends a drain. */
  restart(): Promise<void>;
  /** New turns get 503 from now on; running ones go on. */
  drain(isDraining?: boolean): void;
  calls(): Call[];
  executions(): Execution[];
  running(): Execution[];
  transcript(sessionId: string, profile?: string): TranscriptMessage[];
  /** Resolves once `isTrue` holds, asked after each change; rejects after `timeoutMs` (5 s). */
  waitFor(isTrue: (sim: HermesSim) => boolean, timeoutMs?: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the stand-in on 127.0.0.1; throws when a port is taken or the config is bad. */
export async function startHermesSim(options: HermesSimOptions = {}): Promise<HermesSim> {
  const now = options.now ?? Date.now;
  const apiKey = options.apiKey ?? DEFAULT_API_KEY;
  let config = patchConfig(null, options.config ?? {});
  let isDraining = false;
  const changes = new Changes();
  const calls = new CallLog(changes, now);
  const transcripts = new Transcripts(now);
  const scripts = new Scripts();
  const newId = createIdMaker(options.seed);
  const agent = new Agent({
    config: () => config,
    transcripts,
    scripts,
    changes,
    now,
    newId: () => newId(12),
  });
  const places = new Places(() => agent.running().length);
  const replays = new ReplayCache<AgentResult>(now, () => ({
    replaySeconds: config.chatReplaySeconds,
    maxEntries: config.chatReplayEntries,
  }));
  const parts: ApiParts = {
    config: () => config,
    isDraining: () => isDraining,
    apiKey,
    agent,
    places,
    replays,
    newId,
    now,
    calls,
    transcripts,
  };
  const listener = new Listener((incoming, outgoing) => {
    handleApiCall(parts, incoming, outgoing).catch((error: unknown) => {
      outgoing.destroy(error instanceof Error ? error : undefined);
    });
  });
  await listener.open(options.port ?? 0);
  const url = `http://127.0.0.1:${listener.port}`;

  const sim: HermesSim = {
    url,
    baseUrl: `${url}/v1`,
    controlUrl: url,
    apiKey,
    get isOn() {
      return listener.isOpen;
    },
    config: () => structuredClone(config),
    configure(patch) {
      config = patchConfig(config, patch);
      changes.notify();
    },
    setAnswer: (answer) => agent.setAnswer(answer),
    scriptNext(turn, match = {}) {
      scripts.add(turnSchema.parse(turn), match);
      changes.notify();
    },
    scripts: () => scripts.list(),
    clearScripts() {
      scripts.clear();
      changes.notify();
    },
    async off({ forget = false } = {}) {
      await listener.close();
      if (forget) {
        agent.kill();
        replays.forget();
        places.clear();
      }
      changes.notify();
    },
    async on() {
      await listener.reopen();
      changes.notify();
    },
    async restart() {
      await sim.off({ forget: true });
      isDraining = false;
      await sim.on();
    },
    drain(wanted = true) {
      isDraining = wanted;
      changes.notify();
    },
    calls: () => calls.list(),
    executions: () => agent.executions(),
    running: () => agent.running(),
    transcript: (sessionId, profile) => transcripts.find(profile ?? null, sessionId) ?? [],
    waitFor: (isTrue, timeoutMs = 5000) =>
      changes.waitFor(() => isTrue(sim), timeoutMs, isTrue.toString()),
    async stop() {
      await listener.close();
      agent.kill();
    },
  };
  return sim;
}
