import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";

/** So many the system takes for a program that accepts none, where its backlog is 1. */
const queued = 2;

/**
 * A port where a program listens that is too busy to accept: once its queue is full the system lets
 * further connections wait without an answer, as a host does that drops packets.
 */
export async function startFullPort(): Promise<{ url: string } & AsyncDisposable> {
  const listen = `require("net").createServer().listen(
    { port: 0, host: "127.0.0.1", backlog: 1 },
    function () { console.log(this.address().port); },
  )`;
  const child = spawn(process.execPath, ["-e", listen], { stdio: ["ignore", "pipe", "inherit"] });
  const [said] = await once(child.stdout, "data");
  const port = Number(said);
  child.kill("SIGSTOP");
  const sockets = Array.from({ length: queued }, () => connect(port, "127.0.0.1"));
  for (const socket of sockets) socket.on("error", () => {});
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}
