import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { ChatRequest, readQuestion, type Question } from "./model-request.ts";
import { sayAsJson, sayAsStream, type Saying } from "./model-answer.ts";

/** How the model takes one question, through all the requests that Hermes makes for it. */
export type ModelTurn =
  | { kind: "says"; text: string }
  /** Every piece ends at the length limit, however often Hermes asks to go on. */
  | { kind: "cut"; text: string }
  /** Wants this tool used, once or for ever; once it has a result, it says `text`. */
  | { kind: "uses-tool"; tool: string; input: object; forEver?: true; text: string }
  | { kind: "refuses"; status: number; message: string };

export type ModelRequest = { method: string; path: string; body: string };

type Script = { textIncludes: string; turn: ModelTurn; held: Promise<void> };

/**
 * The model that Hermes asks, on a free port of 127.0.0.1: OpenAI's chat completions, streamed or
 * not. It answers by script, else repeats the question behind "Hermes: ", and keeps all it was sent.
 */
export class ModelServer {
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #scripts: Script[] = [];
  readonly #requests: ModelRequest[] = [];
  readonly #questions: Question[] = [];

  async open(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  get baseUrl(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("The model has no port.");
    return `http://127.0.0.1:${address.port}/v1`;
  }

  /** How questions that hold this text are taken; the latest script that fits counts. */
  script(textIncludes: string, turn: ModelTurn): void {
    this.#scripts.unshift({ textIncludes, turn, held: Promise.resolve() });
  }

  /** Leaves questions that hold this text without an answer until the returned function is called. */
  hold(textIncludes: string, turn: ModelTurn): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#scripts.unshift({ textIncludes, turn, held: promise });
    return resolve;
  }

  /** Everything that was asked of it, oldest first, with the whole body. */
  requests(): ModelRequest[] {
    return [...this.#requests];
  }

  /** The questions of contacts among it; repeats and side calls of Hermes are none. */
  questions(): Question[] {
    return [...this.#questions];
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url: path = "" } = request;
    const body = await readText(request);
    this.#requests.push({ method, path, body });
    if (!path.endsWith("/chat/completions")) return refuse(response, 404, "There is no such path.");
    const asked = ChatRequest.parse(JSON.parse(body));
    const question = readQuestion(asked);
    if (question.isFirstRequest) this.#questions.push(question);
    const script = this.#scripts.find(({ textIncludes }) => question.text.includes(textIncludes));
    await script?.held;
    const turn = script?.turn ?? { kind: "says", text: `Hermes: ${question.text}` };
    if (turn.kind === "refuses") return refuse(response, turn.status, turn.message);
    const saying = sayingOf(turn, question);
    if (asked.stream) sayAsStream(response, saying);
    else sayAsJson(response, saying);
  }
}

/** Starts the model; it ends with `close`. */
export async function startModelServer(): Promise<ModelServer> {
  const model = new ModelServer();
  await model.open();
  return model;
}

function sayingOf(turn: Exclude<ModelTurn, { kind: "refuses" }>, question: Question): Saying {
  switch (turn.kind) {
    case "says":
      return { text: turn.text, finish: "stop" };
    case "cut":
      return { text: turn.text, finish: "length" };
    case "uses-tool": {
      const wantsTool = turn.forEver ? question.offersTools : !question.hasToolResult;
      if (!wantsTool) return { text: turn.text, finish: "stop" };
      return { text: "", finish: "tool_calls", tool: { name: turn.tool, input: turn.input } };
    }
  }
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify({ error: { message, type: "scripted" } }));
}

async function readText(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString();
}
