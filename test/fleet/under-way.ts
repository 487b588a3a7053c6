import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { MongoClient } from "mongodb";

/**
 * Counts what has been asked of database and WeChat and not been answered, so that a test may move
 * time on only when nothing but time is waited for.
 */
export class UnderWay {
  readonly #nowMs: () => number;
  readonly #requests = new Map<unknown, number>();
  #database = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    subscribe("undici:request:create", this.#begun);
    subscribe("undici:request:trailers", this.#ended);
    subscribe("undici:request:error", this.#ended);
  }

  get database(): number {
    return this.#database;
  }

  /** HTTP requests, held polls among them. */
  get requests(): number {
    return this.#requests.size;
  }

  /** When the oldest of them was made; Infinity when there is none. */
  get oldestRequestMs(): number {
    return Math.min(...this.#requests.values());
  }

  /** Follows a client; its commands are counted by name and collection, such as `update accounts`. */
  watch(client: MongoClient, commands: Map<string, number>): void {
    const begin = () => void this.#database++;
    const end = () => void this.#database--;
    client.on("connectionCheckOutStarted", begin);
    client.on("connectionCheckedOut", end);
    client.on("connectionCheckOutFailed", end);
    client.on("commandStarted", ({ commandName, command }) => {
      const key = `${commandName} ${String(command[commandName])}`;
      commands.set(key, (commands.get(key) ?? 0) + 1);
      begin();
    });
    client.on("commandSucceeded", end);
    client.on("commandFailed", end);
  }

  /** Counts something else for as long as it takes, such as connecting. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.#database++;
    try {
      return await work;
    } finally {
      this.#database--;
    }
  }

  stop(): void {
    unsubscribe("undici:request:create", this.#begun);
    unsubscribe("undici:request:trailers", this.#ended);
    unsubscribe("undici:request:error", this.#ended);
  }

  readonly #begun = (message: unknown) => {
    this.#requests.set(requestOf(message), this.#nowMs());
  };
  readonly #ended = (message: unknown) => {
    this.#requests.delete(requestOf(message));
  };
}

function requestOf(message: unknown): unknown {
  return typeof message === "object" && message !== null && "request" in message
    ? message.request
    : undefined;
}
