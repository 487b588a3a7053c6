import {
  request as requestOrigin,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from "node:http";
import { setTimeout as wait } from "node:timers/promises";

import { CallLog, type Call } from "./calls.ts";
import { Changes } from "./changes.ts";
import { Listener } from "./listener.ts";
import {
  cloudflareReplacement,
  cloudflareTimeout,
  originGone,
  refusal,
  type TunnelAnswer,
} from "./tunnel-answers.ts";
import {
  tunnelBehaviourSchema,
  type FullTunnelBehaviour,
  type TunnelBehaviour,
} from "./tunnel-behaviour.ts";

export interface TunnelOptions {
  /** Where the gateway is, such as `http://127.0.0.1:8642`. */
  origin: string;
  port?: number;
  behaviour?: TunnelBehaviour;
  changes?: Changes;
  now?: () => number;
}

/** Which requests a one-time behaviour is for; all that is given must hold. */
export interface TunnelMatch {
  method?: string | undefined;
  pathIncludes?: string | undefined;
  /** How many requests it serves; 1 unless said. */
  times?: number | undefined;
}

interface Exception extends TunnelMatch {
  behaviour: FullTunnelBehaviour;
  timesLeft: number;
}

/** A tunnel in front of the gateway, on a port of its own, with the manners of a real one. */
export class Tunnel {
  readonly #origin: string;
  readonly #listener: Listener;
  readonly #changes: Changes;
  readonly #calls: CallLog;
  readonly #exceptions: Exception[] = [];
  #behaviour: FullTunnelBehaviour;

  constructor({ origin, behaviour, changes, now }: TunnelOptions) {
    this.#origin = origin;
    this.#behaviour = tunnelBehaviourSchema.parse(behaviour ?? { kind: "none" });
    this.#changes = changes ?? new Changes();
    this.#calls = new CallLog(this.#changes, now ?? Date.now);
    this.#listener = new Listener((incoming, outgoing) => this.#serve(incoming, outgoing));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#listener.port}`;
  }

  /** What `HERMES_API_BASE_URL` wants, for the way through the tunnel. */
  get baseUrl(): string {
    return `${this.url}/v1`;
  }

  open(port: number): Promise<void> {
    return this.#listener.open(port);
  }

  close(): Promise<void> {
    return this.#listener.close();
  }

  /** From now on; throws a ZodError and changes nothing when it is bad. */
  behave(behaviour: TunnelBehaviour): void {
    this.#behaviour = tunnelBehaviourSchema.parse(behaviour);
    this.#changes.notify();
  }

  /** For the next matching request(s) only. */
  behaveNext(behaviour: TunnelBehaviour, match: TunnelMatch = {}): void {
    this.#exceptions.push({
      ...match,
      behaviour: tunnelBehaviourSchema.parse(behaviour),
      timesLeft: match.times ?? 1,
    });
    this.#changes.notify();
  }

  behaviour(): FullTunnelBehaviour {
    return { ...this.#behaviour };
  }

  /** Every request that reached the tunnel, with what the client saw of the status. */
  calls(): Call[] {
    return this.#calls.list();
  }

  #serve(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method = "GET", url = "/", headers } = incoming;
    const call = this.#calls.begin(method, url, headers);
    outgoing.on("close", () => {
      const isAborted = !outgoing.writableFinished;
      const status = outgoing.headersSent ? outgoing.statusCode : null;
      this.#calls.end(call, { status, isAborted });
    });
    const behaviour = this.#takeBehaviour(method, url);
    const refused = refusal(behaviour, headers);
    if (behaviour.kind === "tailscale-cut") incoming.destroy();
    else if (refused) answer(outgoing, refused);
    else forward(new URL(url, this.#origin), { incoming, outgoing, behaviour });
  }

  #takeBehaviour(method: string, path: string): FullTunnelBehaviour {
    const index = this.#exceptions.findIndex(
      (exception) =>
        (exception.method === undefined || exception.method === method) &&
        (exception.pathIncludes === undefined || path.includes(exception.pathIncludes)),
    );
    const exception = this.#exceptions[index];
    if (!exception) return this.#behaviour;
    exception.timesLeft -= 1;
    if (exception.timesLeft <= 0) this.#exceptions.splice(index, 1);
    return exception.behaviour;
  }
}

interface Exchange {
  incoming: IncomingMessage;
  outgoing: ServerResponse;
  behaviour: FullTunnelBehaviour;
}

function forward(target: URL, exchange: Exchange): void {
  const { incoming, outgoing, behaviour } = exchange;
  const { method = "GET", headers } = incoming;
  const origin = requestOrigin(target, {
    method,
    headers: { ...withoutHops(headers), host: target.host },
    agent: false,
  });
  const patience = startPatience(exchange, origin);
  let wasConnected = false;
  origin.on("socket", (socket) => socket.on("connect", () => (wasConnected = true)));
  origin.on("error", () => {
    patience.end();
    if (outgoing.destroyed || outgoing.writableEnded) return;
    if (outgoing.headersSent) outgoing.destroy();
    else answer(outgoing, originGone(behaviour, wasConnected));
  });
  origin.on("response", (response) => {
    patience.end();
    relay(response, exchange).catch(() => outgoing.destroy());
  });
  // The client left: so does the tunnel; the gateway's turn goes on.
  outgoing.on("close", () => {
    patience.end();
    origin.destroy();
  });
  incoming.pipe(origin);
}

/** Cloudflare gives up when nothing came from the origin for too long. */
function startPatience(
  { behaviour, outgoing }: Exchange,
  origin: ClientRequest,
): { end: () => void } {
  if (behaviour.kind !== "cloudflare") return { end: () => {} };
  const timer = setTimeout(() => {
    answer(outgoing, cloudflareTimeout());
    origin.destroy();
  }, behaviour.timeoutMs);
  return { end: () => clearTimeout(timer) };
}

async function relay(response: IncomingMessage, { outgoing, behaviour }: Exchange): Promise<void> {
  const { statusCode = 502, headers } = response;
  const replacement = behaviour.kind === "cloudflare" ? cloudflareReplacement(statusCode) : null;
  if (replacement) {
    response.resume();
    answer(outgoing, replacement);
    return;
  }
  if (behaviour.kind === "cut-before-answer") {
    outgoing.destroy();
    return;
  }
  outgoing.writeHead(statusCode, withoutHops(headers));
  for await (const chunk of response) {
    const bytes: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    if (await passOn(bytes, outgoing, behaviour)) return;
  }
  outgoing.end();
}

/** Writes a piece of the answer; true when the connection was cut over it. */
async function passOn(
  bytes: Buffer,
  outgoing: ServerResponse,
  behaviour: FullTunnelBehaviour,
): Promise<boolean> {
  if (behaviour.kind === "cut-mid-body") {
    outgoing.write(bytes.subarray(0, behaviour.afterBytes), () => outgoing.destroy());
    return true;
  }
  if (behaviour.kind !== "slow-drip") {
    outgoing.write(bytes);
    return false;
  }
  for (let offset = 0; offset < bytes.length; offset += behaviour.bytes) {
    if (outgoing.destroyed) return true;
    outgoing.write(bytes.subarray(offset, offset + behaviour.bytes));
    await wait(behaviour.everyMs, undefined, { ref: false });
  }
  return false;
}

/** Headers that speak of one connection only. */
function withoutHops(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const { connection: _connection, "keep-alive": _keepAlive, ...others } = headers;
  return others;
}

function answer(outgoing: ServerResponse, { status, headers, body }: TunnelAnswer): void {
  outgoing.writeHead(status, { ...headers, "Content-Length": String(Buffer.byteLength(body)) });
  outgoing.end(body);
}
