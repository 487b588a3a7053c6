import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { DevError } from "./dev-error.ts";

export type DevPorts = { api: number; wechat: number; hermes: number; hermesControl: number };

/** The api's port and the three after it; when the first is 0, four that are free. */
export async function choosePorts(first: number): Promise<DevPorts> {
  const [api = 0, wechat = 0, hermes = 0, hermesControl = 0] =
    first === 0 ? await freePorts(4) : [first, first + 1, first + 2, first + 3];
  return { api, wechat, hermes, hermesControl };
}

/** Throws DevError naming each port that another program has, and how to choose others. */
export async function requireFree(ports: Readonly<Record<string, number>>): Promise<void> {
  const taken: string[] = [];
  for (const [what, port] of Object.entries(ports)) {
    if (!(await isFree(port))) taken.push(`${port} (for ${what})`);
  }
  if (taken.length > 0) throw portTaken(taken);
}

/** For ports that were lost after they had been found free. */
export function portTaken(taken: readonly string[]): DevError {
  return new DevError(
    "dev.port_taken",
    `Taken by another program: port ${taken.join(", port ")}. ` +
      "npm run dev uses four ports in a row from 8070. Choose others with: npm run dev -- --port 9070",
  );
}

/** All are held until the last is found, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const probes = Array.from({ length: count }, () => createServer());
  try {
    return await Promise.all(probes.map((probe) => listen(probe, 0)));
  } finally {
    await Promise.all(probes.map(close));
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  try {
    await listen(probe, port);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return false;
    throw error;
  } finally {
    await close(probe);
  }
}

async function listen(probe: Server, port: number): Promise<number> {
  const listening = once(probe, "listening");
  probe.listen(port, "127.0.0.1");
  await listening;
  const address = probe.address();
  if (address === null || typeof address === "string") throw new Error("no TCP port");
  return address.port;
}

async function close(probe: Server): Promise<void> {
  if (!probe.listening) return;
  const closed = once(probe, "close");
  probe.close();
  await closed;
}
