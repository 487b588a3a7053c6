import { BSON } from "mongodb";
import { z } from "zod";

export type DatabaseCommand = { command: string; collection: string; comment?: string };

/** The first section of an OP_MSG: its first field names the command, whose value names the collection. */
const CommandDocument = z.record(z.string(), z.unknown());

const HEADER_BYTES = 16;
const OP_MSG = 2013;
const FIRST_SECTION_AT = HEADER_BYTES + 4;
const DOCUMENT_AT = FIRST_SECTION_AT + 1;

/** What a driver says for itself, not for the program: counted apart, without a collection. */
const CONNECTION_COMMANDS = new Set(
  "hello ismaster isMaster ping buildInfo getnonce saslStart saslContinue authenticate endSessions killCursors".split(
    " ",
  ),
);

/**
 * Reads the commands in what a client sends to a MongoDB server: give it every chunk, it calls
 * back once per message. Reading costs a copy of the messages that arrive in pieces, no more.
 */
export function createCommandReader(
  onCommand: (command: DatabaseCommand) => void,
): (chunk: Buffer) => void {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let neededBytes = HEADER_BYTES;

  return (chunk) => {
    pending.push(chunk);
    pendingBytes += chunk.length;
    if (pendingBytes < neededBytes) return;
    let rest = pending.length === 1 ? chunk : Buffer.concat(pending);
    neededBytes = HEADER_BYTES;
    while (rest.length >= HEADER_BYTES) {
      const messageBytes = rest.readInt32LE(0);
      if (rest.length < messageBytes) {
        neededBytes = messageBytes;
        break;
      }
      onCommand(readCommand(rest.subarray(0, messageBytes)));
      rest = rest.subarray(messageBytes);
    }
    pending = rest.length === 0 ? [] : [rest];
    pendingBytes = rest.length;
  };
}

function readCommand(message: Buffer): DatabaseCommand {
  // Other opcodes are the handshake of a new connection, or compressed, which we never ask for.
  if (message.readInt32LE(12) !== OP_MSG || message[FIRST_SECTION_AT] !== 0) {
    return { command: "connection", collection: "" };
  }
  const documentBytes = message.readInt32LE(DOCUMENT_AT);
  const raw = message.subarray(DOCUMENT_AT, DOCUMENT_AT + documentBytes);
  const document = CommandDocument.parse(BSON.deserialize(raw, { promoteValues: true }));
  const [[command, target] = ["unknown", ""]] = Object.entries(document);
  if (CONNECTION_COMMANDS.has(command)) return { command: "connection", collection: "" };
  const comment = document["comment"];
  return {
    command,
    collection: collectionOf(command, target, document),
    ...(typeof comment === "string" && { comment }),
  };
}

function collectionOf(command: string, target: unknown, document: Record<string, unknown>): string {
  const named = command === "getMore" ? document["collection"] : target;
  return typeof named === "string" ? named : "";
}
