import type { IncomingMessage } from "node:http";

import type { RequestBody } from "./wire.ts";

/** Reads the whole body but keeps at most `maxBytes`; `onBytes` sees what was kept. */
export async function readBody(
  incoming: IncomingMessage,
  maxBytes: number,
  onBytes: (bytes: Buffer) => void,
): Promise<RequestBody> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size <= maxBytes) chunks.push(bytes);
  }
  const body = Buffer.concat(chunks);
  onBytes(body);
  return { text: body.toString("utf8"), isOversize: size > maxBytes };
}
