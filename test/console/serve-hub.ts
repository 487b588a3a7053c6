import { once } from "node:events";
import { request as ask, type IncomingMessage, type ServerResponse } from "node:http";
import type { Db } from "mongodb";
import { serveConsole } from "#local/console/serve-console.ts";
import { openDoor } from "#local/lambda/http.ts";
import { serveApi, type ServedApi } from "#test/serve-api.ts";
import { startSmallHub, type SmallHub } from "#test/small-hub.ts";

export type ServedHub = {
  /** Console and api at one address, as deployed. */
  url: string;
  hub: SmallHub;
  api: ServedApi;
  stop(): Promise<void>;
};

/** A small hub with its api, and the built console in front of both. */
export async function serveHub(db: Db, dist: string): Promise<ServedHub> {
  const hub = await startSmallHub(db);
  const api = await serveApi(hub.deps);
  const serveFile = serveConsole(dist);
  const door = await openDoor(0, async (request, response) => {
    if (!(await serveFile(request, response))) await passOn(api.url, request, response);
  });
  return {
    url: door.url,
    hub,
    api,
    async stop() {
      await door.close();
      await hub.stop();
      await api.stop();
    },
  };
}

async function passOn(url: string, request: IncomingMessage, response: ServerResponse) {
  const { method, headers } = request;
  const asked = ask(new URL(request.url ?? "/", url), { method, headers });
  // A browser that leaves takes its request along.
  response.once("close", () => asked.destroy());
  const answered = once(asked, "response");
  request.pipe(asked);
  const [answer]: IncomingMessage[] = await answered;
  if (!answer) throw new Error("The api gave no answer.");
  response.writeHead(answer.statusCode ?? 502, answer.headers);
  answer.pipe(response);
}
