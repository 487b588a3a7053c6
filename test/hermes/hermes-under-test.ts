import { inject } from "vitest";
import { startHermesSim } from "#local/hermes-sim/server.ts";
import type { Turn } from "#local/hermes-sim/turns.ts";
import { startHermesProcess } from "./hermes-process.ts";
import { startModelServer, type ModelTurn } from "./model-server.ts";

/** Both take the same contract; where they differ the stand-in is wrong. */
export const hermesKinds = ["the real Hermes", "the stand-in"] as const;
export type HermesKind = (typeof hermesKinds)[number];

export type AskedQuestion = { text: string; history: { role: string; text: string }[] };

/** A Hermes whose model answers by script, whichever of the two it is. */
export type HermesUnderTest = {
  /** Without `/v1`. */
  url: string;
  apiKey: string;
  /** How questions that hold this text are answered; others are repeated behind "Hermes: ". */
  script(textIncludes: string, turn: ModelTurn): void;
  /** Keeps questions that hold this text at work until the returned function is called. */
  hold(textIncludes: string): () => void;
  /** What reached the model, oldest first; a joined or replayed call brings nothing. */
  questions(): AskedQuestion[];
  /** Takes the model's settings away, or gives them back. */
  haveProvider(isThere: boolean): Promise<void>;
  /** Takes no new turns and finishes those at work. */
  drain(): void;
  /** The process dies; the transcripts stay. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
};

export function startHermes(kind: HermesKind): Promise<HermesUnderTest> {
  return kind === "the stand-in" ? startStandIn() : startReal();
}

/** Few enough steps to see their end, enough for an answer in pieces; and time to finish a turn. */
const config = { agent: { max_turns: 8, restart_drain_timeout: 60 } };

async function startReal(): Promise<HermesUnderTest> {
  const model = await startModelServer();
  const hermes = await startHermesProcess({
    python: inject("hermesPython"),
    modelUrl: model.baseUrl,
    config,
  });
  return {
    url: hermes.url,
    apiKey: hermes.apiKey,
    script: (textIncludes, turn) => model.script(textIncludes, turn),
    hold: (textIncludes) => model.hold(textIncludes, { kind: "says", text: "It is done." }),
    questions: () => model.questions().map(({ text, history }) => ({ text, history })),
    haveProvider: (isThere) =>
      hermes.configure(isThere ? config : { ...config, model: { provider: "openrouter" } }),
    drain: () => hermes.terminate(),
    kill: () => hermes.kill(),
    start: () => hermes.start(),
    async stop() {
      await hermes.stop();
      await model.close();
    },
  };
}

async function startStandIn(): Promise<HermesUnderTest> {
  const sim = await startHermesSim({ config: { release: "0.19" } });
  const asked: AskedQuestion[] = [];
  const scripts: { textIncludes: string; turn: Turn; held: Promise<void> }[] = [];
  const add = (textIncludes: string, turn: Turn, held: Promise<void>) =>
    void scripts.unshift({ textIncludes, turn, held });
  let hasProvider = true;
  sim.setAnswer(async ({ text, history }) => {
    if (!hasProvider) return { kind: "provider-auth" };
    asked.push({ text, history: history.map(({ role, content }) => ({ role, text: content })) });
    const script = scripts.find(({ textIncludes }) => text.includes(textIncludes));
    await script?.held;
    return script?.turn ?? { kind: "ok", text: `Hermes: ${text}` };
  });
  return {
    url: sim.url,
    apiKey: sim.apiKey,
    script: (textIncludes, turn) => add(textIncludes, standInTurn(turn), Promise.resolve()),
    hold(textIncludes) {
      const { promise, resolve } = Promise.withResolvers<void>();
      add(textIncludes, { kind: "ok", text: "It is done." }, promise);
      return resolve;
    },
    questions: () => [...asked],
    async haveProvider(isThere) {
      hasProvider = isThere;
    },
    drain: () => sim.drain(),
    kill: () => sim.off({ forget: true }),
    start: () => sim.on(),
    stop: () => sim.stop(),
  };
}

/** What the stand-in is told in order to end a turn as the real one does when its model answers so. */
function standInTurn(turn: ModelTurn): Turn {
  switch (turn.kind) {
    case "says":
      return turn.text === "" ? { kind: "no-reply" } : { kind: "ok", text: turn.text };
    case "cut":
      // Hermes asks the model to go on three times and puts the pieces together.
      return { kind: "partial", text: turn.text.repeat(4) };
    case "uses-tool": {
      if (turn.forEver) return { kind: "budget-stop", text: turn.text };
      const { text } = turn;
      const isDangerous = turn.tool === "terminal";
      return isDangerous
        ? { kind: "approval", approvedText: text, deniedText: text }
        : { kind: "ok", text };
    }
    case "refuses": {
      const error = `HTTP ${turn.status}: ${turn.message}`;
      const isRepeated = turn.status === 429 || turn.status >= 500;
      const text = isRepeated ? `API call failed after 3 retries: ${error}` : error;
      return { kind: "failed-with-text", text, error };
    }
  }
}
