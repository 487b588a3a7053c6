import * as fc from "fast-check";
import { MongoClient, type Db } from "mongodb";
import { migrate } from "#core/database/migrate.ts";
import { policyStore } from "#core/policies/policy.store.ts";
import { emptyDatabase } from "../proof/sweep.ts";
import { findingsOf, mustBeSilent, settle } from "./holds.ts";
import { newModel, type Model } from "./model.ts";
import { Real } from "./real.ts";
import { anyStep, type Step } from "./steps.ts";

export type Via = "chat" | "runs";
export type Budget = {
  /** The first run's; each later one has the next. */
  seed: number;
  runs: number;
  /** When no further run is begun. */
  timeMs?: number;
};

/** How long a failure is made smaller; what is smallest by then is told. */
const shrinkMs = 120_000;
const mostSteps = 14;

/** Plays steps to the hub, each story over an empty database of its own server. */
export class Players {
  readonly #client: MongoClient;
  readonly #name: string;

  static async start({ uri, name }: { uri: string; name: string }): Promise<Players> {
    const client = new MongoClient(uri, { ignoreUndefined: true });
    await migrate(client.db(name), (at) => policyStore(at).seed());
    return new Players(client, name);
  }

  private constructor(client: MongoClient, name: string) {
    this.#client = client;
    this.#name = name;
  }

  /** Tries random steps until some fail; the report tells the seed and the fewest steps that do. */
  async tryRandom(budget: Budget): Promise<{ report: string | null; runs: number }> {
    const { seed, runs, timeMs = Infinity } = budget;
    const until = performance.now() + timeMs;
    const steps = fc.commands([anyStep.map((step) => new Command(step))], {
      maxCommands: mostSteps,
      size: "max",
    });
    const property = fc.asyncProperty(
      fc.constantFrom<Via[]>("chat", "runs"),
      steps,
      (via, commands) => this.#play(via, commands),
    );
    for (let run = 0; run < runs; run++) {
      if (run > 0 && performance.now() > until) return { report: null, runs: run };
      // A run of its own per seed: none is cut off in the middle, and one seed repeats it.
      const one = { seed: seed + run, numRuns: 1, skipAllAfterTimeLimit: shrinkMs };
      const details = await fc.check(property, one);
      const report = details.failed ? await fc.asyncDefaultReportMessage(details) : undefined;
      if (report !== undefined) return { report, runs: run + 1 };
    }
    return { report: null, runs };
  }

  /** Plays just these. Throws an Error that says what did not hold. */
  play(via: Via, steps: readonly Step[]): Promise<void> {
    return this.#play(
      via,
      steps.map((step) => new Command(step)),
    );
  }

  async stop(): Promise<void> {
    await this.#client.db(this.#name).dropDatabase();
    await this.#client.close();
  }

  async #play(via: Via, commands: Iterable<fc.AsyncCommand<Model, Real>>): Promise<void> {
    const db: Db = this.#client.db(this.#name);
    await emptyDatabase(db);
    const real = await Real.start(db, via);
    const model = newModel();
    try {
      await fc.asyncModelRun(() => ({ model, real }), commands);
      await settle(real, model);
      const findings = await findingsOf(real, model);
      const wrong = Object.entries(findings).filter(([, found]) => found.length > 0);
      if (wrong.length > 0) throw new Error(JSON.stringify(Object.fromEntries(wrong)));
    } finally {
      await real.stop();
    }
  }
}

/** A step as fast-check plays it, printed as the data that it is. */
class Command implements fc.AsyncCommand<Model, Real> {
  readonly #step: Step;

  constructor(step: Step) {
    this.#step = step;
  }

  check({ isHermesAway, expired, suspended }: Readonly<Model>): boolean {
    const step = this.#step;
    if (step.do === "hermes-leaves") return !isHermesAway;
    if (step.do === "hermes-returns") return isHermesAway;
    if (step.do === "expire") return !expired.has(step.bot);
    // Whoever is not polled does not learn that its login is over.
    if (step.do === "log-in") return expired.has(step.bot) && !suspended.has(step.bot);
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    await real.step(model, this.#step);
    mustBeSilent(real, model);
  }

  toString(): string {
    return JSON.stringify(this.#step);
  }
}
