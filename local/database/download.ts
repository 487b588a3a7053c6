import { lookup } from "node:dns/promises";
import { connect } from "node:net";
import path from "node:path";
import { DryMongoBinary, MongoBinary } from "mongodb-memory-server-core";

type DownloadOptions = {
  env: Readonly<Record<string, string | undefined>>;
  cacheDir: string;
  log: (line: string) => void;
};

export type Downloaded = { path: string } | { path: undefined; reason: string };

const VERSION = "8.2.6";
const DEFAULT_MIRROR = "https://fastdl.mongodb.org";
/** Together below 8 s: that is how long the library itself waits before it gives up. */
const LOOKUP_TIMEOUT_MS = 3_000;
const CONNECT_TIMEOUT_MS = 3_000;

/**
 * The mongod that mongodb-memory-server-core has downloaded or can download now. When its host
 * cannot be reached the reason comes back within seconds.
 */
export async function findDownloadedMongod(options: DownloadOptions): Promise<Downloaded> {
  const { env, cacheDir, log } = options;
  const binary = { version: VERSION, downloadDir: path.join(cacheDir, "mongod") };
  try {
    const present = await DryMongoBinary.locateBinary(binary);
    if (present !== undefined) return { path: present };
    const host = new URL(env["HTTPS_PROXY"] ?? env["MONGOMS_DOWNLOAD_MIRROR"] ?? DEFAULT_MIRROR);
    const unreachable = await whyUnreachable(host);
    if (unreachable !== undefined) return { path: undefined, reason: unreachable };
    log(`Downloading mongod ${VERSION} from ${host.host}, once; this can take a minute …`);
    return { path: await MongoBinary.getPath(binary) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { path: undefined, reason: `its download failed: ${message.split("\n")[0]}` };
  }
}

async function whyUnreachable(host: URL): Promise<string | undefined> {
  const address = await Promise.race([
    lookup(host.hostname).then(
      (found) => found.address,
      () => undefined,
    ),
    timeout(LOOKUP_TIMEOUT_MS),
  ]);
  if (address === undefined) return `its download host ${host.hostname} is unknown here`;
  const port = Number(host.port) || (host.protocol === "http:" ? 80 : 443);
  if (await canConnect(address, port)) return undefined;
  return `its download host ${host.hostname} does not answer`;
}

function timeout(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined).unref());
}

function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS });
    const answer = (reachable: boolean) => () => {
      socket.destroy();
      resolve(reachable);
    };
    socket.once("connect", answer(true));
    socket.once("timeout", answer(false));
    socket.once("error", answer(false));
  });
}
