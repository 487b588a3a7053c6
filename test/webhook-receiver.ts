import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export type Answer = { status: number; body: string } | "silence" | "hang-up";

export type WebhookReceiver = {
  url: string;
  /** What came, oldest first, refused ones too. */
  bodies: string[];
  contentTypes: string[];
  /** Path and query of each. */
  paths: string[];
  /** How it answers from now on. */
  answerWith(answer: Answer): void;
  stop(): Promise<void>;
};

/** Somebody's group robot: keeps what is posted to it and answers as told, at first as WeCom does. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const bodies: string[] = [];
  const contentTypes: string[] = [];
  const paths: string[] = [];
  let answer: Answer = { status: 200, body: '{"errcode":0,"errmsg":"ok"}' };
  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    paths.push(request.url ?? "");
    contentTypes.push(request.headers["content-type"] ?? "");
    bodies.push(await text(request));
    if (answer === "silence") return;
    if (answer === "hang-up") {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(answer.body);
  }
  const server = createServer((request, response) => {
    take(request, response).catch((error: Error) => response.destroy(error));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = portOf(server.address());
  return {
    url: `http://127.0.0.1:${port}/hook?key=receiver-secret`,
    bodies,
    contentTypes,
    paths,
    answerWith(next) {
      answer = next;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function portOf(address: string | AddressInfo | null): AddressInfo {
  if (address !== null && typeof address === "object") return address;
  throw new Error("The receiver listens on no port.");
}
