import { setTimeout as wait } from "node:timers/promises";

import type { Changes } from "./changes.ts";
import type { HermesSimConfig } from "./config.ts";
import { TurnCut, type Execution, type Outcome } from "./executions.ts";
import type { IdMaker } from "./id-maker.ts";
import type { Scripts } from "./scripts.ts";
import type { TranscriptMessage, Transcripts } from "./transcripts.ts";
import {
  NoProvider,
  resultOf,
  turnSchema,
  type AgentResult,
  type ApprovalTurn,
  type FullTurn,
  type Turn,
} from "./turns.ts";

/** What the answer function sees of one turn. */
export interface TurnRequest {
  sessionId: string;
  /** The words the model gets: user texts of the session that nobody answered come first. */
  text: string;
  /** URLs of the pictures that came with it. */
  images: string[];
  history: HistoryMessage[];
  /** Id of the HTTP call that started it, as in `calls()`. */
  requestId: string;
  profile: string | null;
}

export interface HistoryMessage {
  role: "user" | "assistant";
  content: string;
}

export type AnswerFunction = (turn: TurnRequest) => Turn | Promise<Turn>;

/** What an endpoint asks of the agent. */
export interface TurnOrder extends Pick<
  Execution,
  "sessionId" | "profile" | "text" | "via" | "runId" | "idempotencyKey"
> {
  images: string[];
  /** Null: the transcript of the session. */
  history: HistoryMessage[] | null;
  requestId: string;
  /** Asks a person about a command; null where nobody can be asked, which denies it. */
  askApproval: ((command: string) => Promise<boolean>) | null;
}

export interface AgentParts {
  config: HermesSimConfig;
  transcripts: Transcripts;
  scripts: Scripts;
  changes: Changes;
  now: () => number;
  newId: IdMaker;
}

interface RunningTurn {
  execution: Execution;
  cutter: AbortController;
}

/** Runs turns and keeps a record of each. */
export class Agent {
  readonly #parts: Readonly<AgentParts>;
  readonly #executions: Execution[] = [];
  readonly #running = new Set<RunningTurn>();
  #answer: AnswerFunction = echo;
  #isCold = true;

  constructor(parts: Readonly<AgentParts>) {
    this.#parts = parts;
  }

  /** Who answers from now on; null brings the echo back. */
  setAnswer(answer: AnswerFunction | null): void {
    this.#answer = answer ?? echo;
  }

  executions(): Execution[] {
    return this.#executions.map((execution) => ({ ...execution }));
  }

  running(): Execution[] {
    return [...this.#running].map(({ execution }) => ({ ...execution }));
  }

  /**
   * Runs one turn to its end, whoever still listens. Throws AgentException when the agent broke and
   * TurnCut when it was stopped or killed.
   */
  async run(order: TurnOrder): Promise<AgentResult & { sessionId: string }> {
    const turn = this.#begin(order);
    try {
      const result = await this.#work(order, turn);
      this.#remember(order, result);
      this.#end(turn, outcomeOf(result));
      return { ...result, sessionId: order.sessionId };
    } catch (error) {
      const { signal } = turn.cutter;
      const cause: unknown = signal.aborted ? signal.reason : error;
      this.#end(turn, cause instanceof TurnCut ? cause.outcome : "exception");
      throw cause;
    }
  }

  /** Interrupts the turn of a run; false when none runs. */
  stop(runId: string): boolean {
    const turn = [...this.#running].find(({ execution }) => execution.runId === runId);
    turn?.cutter.abort(new TurnCut("stopped"));
    return turn !== undefined;
  }

  /** The process dies: every turn ends at once, and the next start is cold again. */
  kill(): void {
    for (const turn of this.#running) {
      this.#end(turn, "killed");
      turn.cutter.abort(new TurnCut("killed"));
    }
    this.#isCold = true;
  }

  #begin({ sessionId, profile, text, via, runId, idempotencyKey }: TurnOrder): RunningTurn {
    const execution: Execution = {
      id: `turn_${this.#parts.newId(12)}`,
      sessionId,
      profile,
      text,
      seenText: text,
      via,
      runId,
      idempotencyKey,
      startedAt: new Date(this.#parts.now()),
      endedAt: null,
      outcome: null,
    };
    const turn: RunningTurn = { execution, cutter: new AbortController() };
    this.#executions.push(execution);
    this.#running.add(turn);
    this.#parts.changes.notify();
    return turn;
  }

  #end(turn: RunningTurn, outcome: Outcome): void {
    if (!this.#running.delete(turn)) return;
    turn.execution.endedAt = new Date(this.#parts.now());
    turn.execution.outcome = outcome;
    this.#parts.changes.notify();
  }

  async #work(order: TurnOrder, { execution, cutter }: RunningTurn): Promise<AgentResult> {
    const { request, question } = this.#takeIn(order);
    execution.seenText = request.text;
    const coldMs = this.#isCold ? this.#parts.config.coldStartMs : 0;
    this.#isCold = false;
    const scripted = this.#parts.scripts.take(request);
    const turn = scripted ?? turnSchema.parse(await untilCut(this.#answer(request), cutter.signal));
    const workMs = coldMs + (turn.delayMs ?? this.#parts.config.turnDelayMs);
    if (workMs > 0) await wait(workMs, undefined, { signal: cutter.signal });
    if (turn.kind === "provider-auth" && this.#parts.config.providerAuth === "server-error") {
      this.#parts.transcripts.remove(order.profile, order.sessionId, question);
      throw new NoProvider();
    }
    return resultOf(turn.kind === "approval" ? await decide(turn, order, cutter.signal) : turn);
  }

  // The real one merges unanswered user texts into one message; kept, because it shows up a client
  // that sends two turns of a session at once.
  #takeIn(order: TurnOrder): { request: TurnRequest; question: TranscriptMessage } {
    const { profile, sessionId, text, images, requestId, history } = order;
    const { transcripts } = this.#parts;
    const known = history ?? transcripts.find(profile, sessionId) ?? [];
    const answered = known.findLastIndex((message) => message.role === "assistant") + 1;
    const pending = known.slice(answered).map((message) => message.content);
    const content = [text, ...images.map(() => "[screenshot]")].join("\n");
    const asked = { role: "user" as const, content, finishReason: null };
    const question = transcripts.append(profile, sessionId, asked);
    const request = {
      sessionId,
      images,
      requestId,
      profile,
      text: [...pending, text].filter((part) => part !== "").join("\n\n"),
      history: known.slice(0, answered).map(({ role, content }) => ({ role, content })),
    };
    return { request, question };
  }

  #remember({ profile, sessionId }: TurnOrder, { remembered }: AgentResult): void {
    for (const message of remembered) this.#parts.transcripts.append(profile, sessionId, message);
  }
}

/** The answer unless a test sets its own. */
function echo({ text, images }: TurnRequest): Turn {
  const pictures = images.length === 0 ? "" : ` [image_url x${images.length}]`;
  return { kind: "ok", text: `Hermes: ${text}${pictures}` };
}

async function decide(
  turn: ApprovalTurn,
  { askApproval }: TurnOrder,
  signal: AbortSignal,
): Promise<FullTurn & { kind: "ok" }> {
  const decided = new AbortController();
  const timeout = wait(turn.timeoutMs, false, {
    signal: AbortSignal.any([signal, decided.signal]),
  });
  const answer = askApproval ? askApproval(turn.command) : false;
  const isApproved = await untilCut(Promise.race([answer, timeout]), signal);
  decided.abort();
  return { kind: "ok", text: isApproved ? turn.approvedText : turn.deniedText };
}

function outcomeOf(result: AgentResult): Outcome {
  if (result.failed) return "failed";
  return result.completed ? "completed" : "partial";
}

/** The value, or the signal's reason as soon as it is aborted. */
async function untilCut<T>(value: T | Promise<T>, signal: AbortSignal): Promise<T> {
  const cut = Promise.withResolvers<never>();
  const onAbort = (): void => cut.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([value, cut.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
