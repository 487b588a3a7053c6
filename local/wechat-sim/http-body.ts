import type { IncomingMessage } from "node:http";

const mostBytes = 4_000_000;

export class BodyTooLargeError extends Error {
  override readonly name = "BodyTooLargeError";
}

/** The whole request body as text. Throws BodyTooLargeError beyond 4 MB. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > mostBytes) throw new BodyTooLargeError(`the body exceeds ${mostBytes} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}
