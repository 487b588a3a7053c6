import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";

const types: Record<string, string> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

const fileName = /^\/([a-z]+\.(?:css|js|svg))$/;

/** The page to look at and to chat from. */
export async function servePage(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  const name = path === "/" ? "index.html" : fileName.exec(path)?.[1];
  const content = name === undefined || request.method !== "GET" ? null : await readPage(name);
  if (name === undefined || content === null) {
    response.writeHead(404, { "content-type": "text/plain" }).end("404 not found");
    return;
  }
  response
    .writeHead(200, {
      "content-type": types[name.split(".")[1] ?? ""],
      "cache-control": "no-cache",
      "content-security-policy":
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'",
    })
    .end(content);
}

async function readPage(name: string): Promise<Buffer | null> {
  try {
    return await readFile(new URL(`page/${name}`, import.meta.url));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
