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
/** The library itself would wait 8 s for a host that is not there, and longer for a silent one. */
const REACH_TIMEOUT_MS = 5_000;

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
    const proxy = env["HTTPS_PROXY"] ?? env["https_proxy"];
    const host = new URL(proxy ?? env["MONGOMS_DOWNLOAD_MIRROR"] ?? DEFAULT_MIRROR);
    const unreachable = await whyUnreachable(host);
    if (unreachable !== undefined) return { path: undefined, reason: unreachable };
    log(`Downloading mongod ${VERSION} from ${host.host}, once; this can take a minute …`);
    return { path: await MongoBinary.getPath(binary) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { path: undefined, reason: `its download failed: ${message.split("\n")[0]}` };
  }
}

/** Any answer will do: what matters is that somebody is there. */
async function whyUnreachable(host: URL): Promise<string | undefined> {
  try {
    await fetch(host.origin, { method: "HEAD", signal: AbortSignal.timeout(REACH_TIMEOUT_MS) });
    return undefined;
  } catch (error) {
    const { cause } = error instanceof Error ? error : { cause: undefined };
    const isUnknown = cause instanceof Error && "code" in cause && cause.code === "ENOTFOUND";
    return `its download host ${host.hostname} ${isUnknown ? "is unknown here" : "does not answer"}`;
  }
}
