import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Db } from "mongodb";
import { systemClock } from "#core/shared/clock.ts";
import { createLog, type Log } from "#core/telemetry/log.ts";
import { createMeasure, type Measure } from "#core/telemetry/measure.ts";

/** Words that must not be found, under a name that a failed test may show. */
export type Seeds = Readonly<Record<string, string>>;
export type Place = "log" | "metric" | "url" | "sqs" | "error" | "audit" | "database";

/** Everything that a hub leaves behind: what it writes, asks for and answers. */
export class Trail {
  readonly log: Log = createLog({ service: "hub", level: "DEBUG" });
  readonly measure: Measure;
  readonly #left: { place: Place; text: string }[] = [];
  readonly #streams = [process.stdout, process.stderr].map((stream) => ({
    stream,
    write: stream.write.bind(stream),
  }));
  readonly #channels: [string, (message: unknown) => void][];

  constructor() {
    this.measure = createMeasure({
      stage: "test",
      level: "DEBUG",
      clock: systemClock(),
      write: (line) => this.leave("metric", line),
    });
    // What the functions write to stdout is their log.
    const keep = (chunk: string | Uint8Array) => {
      this.leave("log", String(chunk));
      return true;
    };
    for (const { stream } of this.#streams) stream.write = keep;
    const onRequest = (message: unknown) => this.leave("url", urlOf(message));
    this.#channels = [
      ["undici:request:create", onRequest],
      ["http.client.request.start", onRequest],
    ];
    for (const [name, listener] of this.#channels) subscribe(name, listener);
  }

  leave(place: Place, text: string): void {
    this.#left.push({ place, text });
  }

  count(place: Place): number {
    return this.#left.filter((each) => each.place === place).length;
  }

  /** Which words were found where, each once; base64 and hex of them count too. */
  find(seeds: Seeds, places: readonly Place[]): string[] {
    const left = this.#left.filter(({ place }) => places.includes(place));
    return Object.entries(seeds).flatMap(([name, seed]) => {
      const found = left.filter(({ text }) => formsOf(seed).some((form) => text.includes(form)));
      return [...new Set(found.map(({ place }) => `${name} in ${place}`))];
    });
  }

  stop(): void {
    for (const { stream, write } of this.#streams) stream.write = write;
    for (const [name, listener] of this.#channels) unsubscribe(name, listener);
  }
}

/** Every document of every collection as text, bytes as base64 and hex. */
export async function dump(db: Db): Promise<string[]> {
  const texts: string[] = [];
  for (const { name } of await db.listCollections().toArray()) {
    for await (const document of db.collection(name).find()) {
      texts.push(
        JSON.stringify(document, (_field, value: unknown) =>
          value instanceof Uint8Array
            ? `${Buffer.from(value).toString("base64")} ${Buffer.from(value).toString("latin1")}`
            : value,
        ),
      );
    }
  }
  return texts;
}

/** Base64 depends on where a word begins, so its middle is looked for at each of three offsets. */
function formsOf(seed: string): string[] {
  const bytes = Buffer.from(seed);
  const base64 = [0, 1, 2].map((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    return shifted.slice(4, -4);
  });
  const urlSafe = base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"));
  const asJson = JSON.stringify(seed).slice(1, -1);
  return [seed, asJson, encodeURIComponent(seed), bytes.toString("hex"), ...base64, ...urlSafe];
}

function urlOf(message: unknown): string {
  if (typeof message !== "object" || message === null || !("request" in message)) return "";
  const { request } = message;
  if (typeof request !== "object" || request === null || !("path" in request)) return "";
  const origin = "origin" in request ? String(request.origin) : "";
  return `${origin}${String(request.path)}`;
}
