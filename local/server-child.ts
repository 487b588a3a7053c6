import type { ChildProcess } from "node:child_process";

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
