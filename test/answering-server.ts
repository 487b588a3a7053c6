import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export type SeenRequest = {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  body: string;
};

export type Answer = (response: ServerResponse, request: SeenRequest) => void;

/** A server on a free port that answers every request the same way and remembers what it saw. */
export async function serve(answer: Answer) {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    const bodyParts: Buffer[] = [];
    request.on("data", (part: Buffer) => bodyParts.push(part));
    request.on("end", () => {
      const one = { method, url, headers, body: Buffer.concat(bodyParts).toString() };
      seen.push(one);
      answer(response, one);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

export function json(value: unknown, status = 200): Answer {
  return (response) => {
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(typeof value === "string" ? value : JSON.stringify(value));
  };
}
