import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Control } from "./control.ts";
import { handleControl, verbsByHttpName } from "./control-http.ts";
import { handleIlink } from "./ilink-http.ts";
import { servePage } from "./page-http.ts";
import type { World } from "./world.ts";

interface ListenOptions {
  world: World;
  control: Control;
  host: string;
  port: number;
  /** Where this listener may send logins to; the second listener has none. */
  redirectHost?: string;
}

export interface Listener {
  readonly server: Server;
  readonly url: string;
}

export async function listen(options: ListenOptions): Promise<Listener> {
  const route = createRouter(options);
  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => giveUp(response, error));
  });
  // A client that reuses an idle connection must not meet it closing.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, () => resolve());
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP address");
  const everywhere = options.host === "0.0.0.0" || options.host === "::";
  return { server, url: `http://${everywhere ? "127.0.0.1" : options.host}:${address.port}` };
}

/** Open connections are cut: a held poll would keep the server for its whole hold. */
export function closeServer(server: Server): Promise<void> {
  if (!server.listening) return Promise.resolve();
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
}

function createRouter({ world, control, redirectHost }: ListenOptions) {
  const controlServer = { world, verbs: verbsByHttpName(control) };
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname: path, searchParams: query } = new URL(request.url ?? "/", "http://sim");
    if (path.startsWith("/_sim/")) {
      await handleControl(controlServer, request, response, {
        name: path.slice("/_sim/".length),
        query,
      });
    } else if (path.startsWith("/ilink/")) {
      await handleIlink(
        world,
        request,
        response,
        redirectHost ? { path, query, redirectHost } : { path, query },
      );
    } else {
      await servePage(request, response, path);
    }
  };
}

function giveUp(response: ServerResponse, error: unknown): void {
  // The client left while it was still sending: there is nobody to tell.
  if (response.destroyed) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
  response.writeHead(500, { "content-type": "text/plain" }).end(`The simulator failed: ${why}\n`);
}
