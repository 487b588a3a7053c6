import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { expect, test } from "vitest";
import { quietPort } from "./quiet-port.ts";

test("a port that was shut is not given to the next server that asks for any", async () => {
  const port = await quietPort();
  const servers = Array.from({ length: 200 }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const mine = createServer().listen(port, "127.0.0.1");
  await once(mine, "listening");
  expect(servers.map(portOf)).not.toContain(port);
  for (const server of [mine, ...servers]) server.close();
});

function portOf(server: Server): number {
  const address = server.address();
  return address === null || typeof address === "string" ? 0 : address.port;
}
