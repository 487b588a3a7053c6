import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";

const tailCharacters = 4_000;

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** What the child said last on either stream, for an error that has to name it. */
export function tailOf(child: ChildProcess): () => string {
  let tail = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      tail = (tail + text).slice(-tailCharacters);
    });
  }
  return () => tail.trim();
}

/** A port that nobody listens on; somebody else may take it before you do. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("There is no free port.");
  return address.port;
}
