import { createServer, type RequestListener, type Server } from "node:http";
import type { Socket } from "node:net";
import { setImmediate, setTimeout as wait } from "node:timers/promises";
import { quietPort } from "#local/quiet-port.ts";

const REOPEN_PATIENCE_MS = 3000;
const REOPEN_STEP_MS = 25;

/** A port on 127.0.0.1 that can be shut, connections and all, and opened again under its number. */
export class Listener {
  readonly #onRequest: RequestListener;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #port = 0;

  constructor(onRequest: RequestListener) {
    this.#onRequest = onRequest;
  }

  get port(): number {
    return this.#port;
  }

  get isOpen(): boolean {
    return this.#server !== null;
  }

  /** Opens `port`, or a free one of its own for 0. Throws Node's own error when it is taken. */
  async open(port: number): Promise<void> {
    const server = createServer({ keepAliveTimeout: 75_000 }, this.#onRequest);
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    await listen(server, port === 0 ? await quietPort() : port);
    const address = server.address();
    if (address === null || typeof address === "string")
      throw new Error("The server has no TCP port.");
    this.#port = address.port;
    this.#server = server;
  }

  /** Refuses new connections and destroys those that are open. */
  async close(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    // Two rounds of the event loop let clients in this process see that their connections went,
    // before they pick one of them for the next request.
    await setImmediate();
    await setImmediate();
  }

  /** Opens the same port again; waits a moment if a passing connection holds its number. */
  async reopen(): Promise<void> {
    if (this.isOpen) return;
    const deadline = Date.now() + REOPEN_PATIENCE_MS;
    for (;;) {
      try {
        await this.open(this.#port);
        return;
      } catch (error) {
        if (!isAddressInUse(error) || Date.now() > deadline) throw error;
        await wait(REOPEN_STEP_MS);
      }
    }
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function isAddressInUse(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}
