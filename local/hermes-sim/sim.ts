import type { AnswerFunction } from "./agent.ts";
import { handleApiCall } from "./api.ts";
import type { Call } from "./calls.ts";
import type { HermesSimConfig, HermesSimConfigPatch } from "./config.ts";
import { createControlListener } from "./control.ts";
import type { Execution } from "./executions.ts";
import { Gateway, type GatewayOptions } from "./gateway.ts";
import { Listener } from "./listener.ts";
import type { Run } from "./runs.ts";
import type { Script, ScriptMatch } from "./scripts.ts";
import type { TranscriptMessage } from "./transcripts.ts";
import { Tunnel } from "./tunnel.ts";
import { turnSchema, type Turn } from "./turns.ts";

export interface Ports {
  port: number;
  controlPort: number;
  tunnelPort: number;
}

/** A Hermes gateway with a scripted agent, and a tunnel in front of it (reference/hermes.md 4). */
export class HermesSim {
  readonly #gateway: Gateway;
  readonly #api: Listener;
  readonly #control: Listener;
  #tunnel: Tunnel | null = null;

  constructor(options: GatewayOptions) {
    this.#gateway = new Gateway(options);
    this.#api = new Listener((incoming, outgoing) => {
      handleApiCall(this.#gateway, incoming, outgoing).catch((error: unknown) => {
        outgoing.destroy(error instanceof Error ? error : new Error(String(error)));
      });
    });
    this.#control = createControlListener(this);
  }

  /** Opens the three ports; closes what it opened when one is taken, and throws Node's error. */
  async open({ port, controlPort, tunnelPort }: Ports): Promise<void> {
    try {
      await this.#api.open(port);
      const { changes, now } = this.#gateway;
      this.#tunnel = new Tunnel({ origin: this.url, changes, now });
      await this.#tunnel.open(tunnelPort);
      await this.#control.open(controlPort);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.#api.port}`;
  }

  /** What `HERMES_API_BASE_URL` wants: ends in `/v1`. */
  get baseUrl(): string {
    return `${this.url}/v1`;
  }

  /** The same for one of the profiles, which has a key of its own. */
  profileBaseUrl(profile: string): string {
    return `${this.url}/p/${profile}/v1`;
  }

  get controlUrl(): string {
    return `http://127.0.0.1:${this.#control.port}`;
  }

  get apiKey(): string {
    return this.#gateway.apiKey;
  }

  /** The tunnel's own address, behaviour and calls. */
  get tunnel(): Tunnel {
    if (!this.#tunnel) throw new Error("The stand-in is not open yet.");
    return this.#tunnel;
  }

  get isOn(): boolean {
    return this.#api.isOpen;
  }

  get isDraining(): boolean {
    return this.#gateway.isDraining;
  }

  config(): HermesSimConfig {
    return structuredClone(this.#gateway.config);
  }

  /** Throws a ZodError and changes nothing when the patch is bad. */
  configure(patch: HermesSimConfigPatch): void {
    this.#gateway.configure(patch);
  }

  /** Who answers the turns that no script takes; null brings the echo back. */
  setAnswer(answer: AnswerFunction | null): void {
    this.#gateway.agent.setAnswer(answer);
  }

  /** Keeps the turns that no script takes at work until the returned function is called. */
  holdTurns(turn: Turn): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.setAnswer(() => promise.then(() => turn));
    return resolve;
  }

  /** Lays out the next matching turn(s), ahead of the answer function. Throws a ZodError. */
  scriptNext(turn: Turn, match: ScriptMatch = {}): void {
    this.#gateway.scripts.add(turnSchema.parse(turn), match);
    this.#gateway.changes.notify();
  }

  scripts(): Script[] {
    return this.#gateway.scripts.list();
  }

  clearScripts(): void {
    this.#gateway.scripts.clear();
    this.#gateway.changes.notify();
  }

  /**
   * Closes the port and cuts its connections. The process lives on, its turns too; with `forget` it
   * dies: turns end and memory goes.
   */
  async off({ forget = false } = {}): Promise<void> {
    await this.#api.close();
    if (forget) this.#gateway.die();
    this.#gateway.changes.notify();
  }

  /** Opens the same port again. */
  async on(): Promise<void> {
    await this.#api.reopen();
    this.#gateway.changes.notify();
  }

  /** The process dies and starts anew on the same port. */
  async restart(): Promise<void> {
    await this.off({ forget: true });
    await this.on();
  }

  /** New turns get 503 from now on, running ones go on; `drain(false)` or a restart ends it. */
  drain(isDraining = true): void {
    this.#gateway.setDraining(isDraining);
  }

  /** Every HTTP call to the API port, oldest first; the last 10,000 are kept. */
  calls(): Call[] {
    return this.#gateway.calls.list();
  }

  /** Every turn the agent really ran; a joined or replayed call adds none. */
  executions(): Execution[] {
    return this.#gateway.agent.executions();
  }

  running(): Execution[] {
    return this.#gateway.agent.running();
  }

  runs(): Run[] {
    return this.#gateway.runs.list();
  }

  sessions(): { profile: string | null; sessionId: string; messages: number }[] {
    return this.#gateway.transcripts.list();
  }

  /** What Hermes remembers of a session, oldest first; empty for an unknown one. */
  transcript(sessionId: string, profile: string | null = null): TranscriptMessage[] {
    return this.#gateway.transcripts.find(profile, sessionId) ?? [];
  }

  /** Resolves once `isTrue` holds, asked now and after each change; rejects after `timeoutMs`. */
  waitFor(isTrue: (sim: HermesSim) => boolean, timeoutMs = 5000): Promise<void> {
    return this.#gateway.changes.waitFor(() => isTrue(this), timeoutMs, isTrue.toString());
  }

  /** Closes all ports and ends all turns. */
  async stop(): Promise<void> {
    await Promise.all([this.#api.close(), this.#tunnel?.close(), this.#control.close()]);
    this.#gateway.die();
  }
}
