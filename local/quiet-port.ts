import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/** Systems give connections, and servers that ask for any port, numbers from 32,768 or 49,152 on. */
const range = { from: 20_000, to: 32_000 };
const mostTries = 100;

/**
 * A free port on 127.0.0.1 that nobody is given by chance: whoever shuts its server for a while finds
 * the number free, and who calls it meanwhile is refused, not answered by somebody else.
 */
export async function quietPort(): Promise<number> {
  for (let tries = 1; ; tries++) {
    const port = randomInt(range.from, range.to);
    if (await isFree(port)) return port;
    if (tries === mostTries) throw new Error(`None of ${mostTries} ports tried is free.`);
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  try {
    probe.listen(port, "127.0.0.1");
    await once(probe, "listening");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return false;
    throw error;
  }
  probe.close();
  await once(probe, "close");
  return true;
}
