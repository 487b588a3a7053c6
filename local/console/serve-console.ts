import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { securityHeaders } from "#console/security-headers.ts";

const root = join(import.meta.dirname, "..", "..", "console");
export const consoleDist = join(root, "dist");

const run = promisify(execFile);
const brotli = promisify(brotliCompress);
const zip = promisify(gzip);

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".json": "application/json",
};

export type ServeFirst = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/** What the console's build is made of. */
const sources = [join(root, "src"), join(root, "index.html"), join(root, "..", "core")];

/**
 * Builds the console where it has not been built since its source changed; throws what Vite says
 * when it does not build.
 */
export async function buildConsoleIfStale(say: (line: string) => void): Promise<void> {
  if (!(await isStale(join(consoleDist, "index.html"), sources))) return;
  say("building the console (its source is newer than its build)");
  await buildConsole(consoleDist);
}

/** Whether the built file is missing, or older than one of these files or of those in these folders. */
export async function isStale(built: string, from: readonly string[]): Promise<boolean> {
  const builtAt = await changedAt(built);
  if (builtAt === null) return true;
  for (const each of from) {
    const inside = (await stat(each)).isDirectory() ? await readdir(each, { recursive: true }) : [];
    for (const path of [each, ...inside.map((name) => join(each, name))]) {
      if (((await changedAt(path)) ?? 0) > builtAt) return true;
    }
  }
  return false;
}

/** Null where there is nothing, also of a file that goes while it is looked at. */
async function changedAt(path: string): Promise<number | null> {
  const found = await stat(path, { throwIfNoEntry: false });
  return found?.mtimeMs ?? null;
}

/** Builds the console as it is deployed, into this folder. */
export async function buildConsole(outDir: string): Promise<void> {
  const vite = join(root, "..", "node_modules", "vite", "bin", "vite.js");
  const wanted = ["build", root, "--outDir", outDir, "--emptyOutDir", "--logLevel", "error"];
  // A process of its own, as Vite keeps a NODE_ENV that is set and would pack React for development.
  await run(process.execPath, [vite, ...wanted], {
    env: { ...process.env, NODE_ENV: "production" },
  });
}

/**
 * Answers with the built console, compressed, as the deployed front does; what is not a file of it
 * is one of its pages. False: the request is for the api.
 */
export function serveConsole(dist = consoleDist): ServeFirst {
  const packed = new Map<string, Buffer>();

  async function bytesOf(file: string, encoding: string): Promise<Buffer> {
    const plain = await readFile(file);
    if (encoding === "identity") return plain;
    // A build in between changes what lies under the same name.
    const key = `${file} ${encoding} ${(await stat(file)).mtimeMs}`;
    const held = packed.get(key);
    if (held) return held;
    const made =
      encoding === "br"
        ? await brotli(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } })
        : await zip(plain);
    packed.set(key, made);
    return made;
  }

  return async (request, response) => {
    const isRead = request.method === "GET" || request.method === "HEAD";
    const path = decoded(request.url ?? "/");
    if (!isRead || path === null || isOfApi(path)) return false;
    const file = fileOf(dist, path);
    if (file === null) return false;
    const encoding = encodingOf(request.headers["accept-encoding"]);
    const body = await bytesOf(file, encoding);
    const isHashed = path.startsWith("/assets/");
    response.writeHead(200, {
      ...securityHeaders,
      "content-type": types[extname(file)] ?? "application/octet-stream",
      "cache-control": isHashed ? "public, max-age=31536000, immutable" : "no-cache",
      "content-length": body.length,
      vary: "accept-encoding",
      ...(encoding === "identity" ? {} : { "content-encoding": encoding }),
    });
    response.end(request.method === "HEAD" ? undefined : body);
    return true;
  };
}

function isOfApi(path: string): boolean {
  return ["/api", "/rescan"].some((door) => path === door || path.startsWith(`${door}/`));
}

/** The file of this path; a page's path is the one document's. Null where the console is not built. */
function fileOf(dist: string, path: string): string | null {
  const page = join(dist, "index.html");
  const file = normalize(join(dist, path));
  const isInside = file.startsWith(dist + sep) && !file.includes(`${sep}.`);
  if (isInside && types[extname(file)] !== undefined && existsSync(file)) return file;
  if (extname(path) !== "" || !existsSync(page)) return null;
  return page;
}

function decoded(url: string): string | null {
  try {
    return decodeURIComponent(new URL(url, "http://console").pathname);
  } catch {
    return null;
  }
}

function encodingOf(accepted: string | string[] | undefined): "br" | "gzip" | "identity" {
  const words = String(accepted ?? "");
  if (/\bbr\b/.test(words)) return "br";
  return /\bgzip\b/.test(words) ? "gzip" : "identity";
}
