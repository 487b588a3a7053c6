import { createHash } from "node:crypto";

import type { Changes } from "./changes.ts";

const KEPT_CALLS = 10_000;
const KEPT_BODY_CHARACTERS = 20_000;
const SECRET_HEADERS = new Set(["authorization", "cf-access-client-secret", "cookie"]);

/** One HTTP call as it came in. */
export interface Call {
  id: string;
  method: string;
  /** With query and profile prefix. */
  path: string;
  /** Lower-case names; secrets show as `<hidden>`. */
  headers: Record<string, string>;
  /** The body's first 20,000 characters, and a hash of all of it to compare bytes; null unread. */
  bodyText: string | null;
  bodySha256: string | null;
  /** Null while open, and when the connection went away without an answer. */
  status: number | null;
  startedAt: Date;
  endedAt: Date | null;
  /** True when the other side left before the answer was out. */
  isAborted: boolean;
}

/** The last calls, oldest first. */
export class CallLog {
  readonly #calls: Call[] = [];
  readonly #changes: Changes;
  readonly #now: () => number;
  #count = 0;

  constructor(changes: Changes, now: () => number) {
    this.#changes = changes;
    this.#now = now;
  }

  begin(method: string, path: string, headers: NodeJS.Dict<string | string[]>): Call {
    this.#count += 1;
    const call: Call = {
      id: `call_${this.#count}`,
      method,
      path,
      headers: withoutSecrets(headers),
      bodyText: null,
      bodySha256: null,
      status: null,
      startedAt: new Date(this.#now()),
      endedAt: null,
      isAborted: false,
    };
    this.#calls.push(call);
    if (this.#calls.length > KEPT_CALLS) this.#calls.shift();
    this.#changes.notify();
    return call;
  }

  setBody(call: Call, body: Buffer): void {
    call.bodyText = body.toString("utf8").slice(0, KEPT_BODY_CHARACTERS);
    call.bodySha256 = createHash("sha256").update(body).digest("hex");
    this.#changes.notify();
  }

  end(call: Call, end: { status: number | null; isAborted: boolean }): void {
    if (call.endedAt !== null) return;
    Object.assign(call, end, { endedAt: new Date(this.#now()) });
    this.#changes.notify();
  }

  list(): Call[] {
    return this.#calls.map((call) => ({ ...call, headers: { ...call.headers } }));
  }
}

function withoutSecrets(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]): [string, string] => [
    name,
    SECRET_HEADERS.has(name) ? "<hidden>" : [value ?? ""].flat().join(", "),
  ]);
  return Object.fromEntries(entries);
}
