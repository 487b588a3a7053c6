import { createHash } from "node:crypto";

/** The parts of a WeChat message that tell it from others. */
export type Fingerprint = {
  generation: number;
  messageId: string | null;
  clientId: string | null;
  seq: string | null;
  itemIds: readonly string[];
  fromUserId: string;
  createTimeMs: number | null;
  /** What was said, without what differs between two copies of one message (quotes, tokens). */
  body: string;
  raw: unknown;
};

/**
 * Keys under which a message is known. WeChat brings the same message again with another id, an
 * empty id or another token (reference/ilink.md 2.6), so several keys are kept; a contact's own
 * repeat has another time and stays a message of its own.
 */
export function dedupeKeys(message: Fingerprint): string[] {
  const keys: string[] = [];
  if (message.createTimeMs !== null && message.createTimeMs > 0) {
    keys.push(`body:${hash([message.fromUserId, message.body, message.createTimeMs])}`);
  }
  if (message.messageId !== null && !/^0*$/.test(message.messageId)) {
    keys.push(`id:${message.generation}:${message.messageId}`);
    return keys;
  }
  if (message.clientId) keys.push(`client:${message.generation}:${message.clientId}`);
  if (message.seq && message.seq !== "0") keys.push(`seq:${message.generation}:${message.seq}`);
  for (const id of message.itemIds) keys.push(`item:${message.generation}:${id}`);
  return keys.length > 0 ? keys : [`raw:${hash([message.generation, message.raw])}`];
}

function hash(parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url").slice(0, 32);
}
