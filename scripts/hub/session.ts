import { createInterface } from "node:readline/promises";
import { connect, UsageError, type Connection } from "./connection.ts";
import { createOutput, type Output } from "./output.ts";

export type Ask = (question: string) => Promise<string>;

/** What a command works with. */
export type Session = { connection: Connection; output: Output; ask: Ask };

export type GlobalOptions = { url?: string; token?: string; json?: boolean };

const localUrl = "http://127.0.0.1:8787";

/**
 * The session that options and environment describe: HUB_URL and HUB_TOKEN, or on one machine the
 * address and token that `npm run dev` prints. Throws UsageError when the token is missing.
 */
export function openSession(
  options: GlobalOptions,
  env: Readonly<Record<string, string | undefined>>,
): Session {
  const url = options.url ?? env["HUB_URL"] ?? localUrl;
  const token = options.token ?? env["HUB_TOKEN"] ?? env["API_TOKEN"];
  if (!URL.canParse(url)) throw new UsageError(`“${url}” is no address. Write http(s)://host`);
  if (!token) {
    throw new UsageError(
      "No token. Make one in the console under Users and tokens (npm run dev prints one), and set HUB_TOKEN or give --token.",
    );
  }
  return {
    connection: connect({ url, token }),
    output: createOutput((text) => process.stdout.write(text), options.json === true),
    ask: askOnTerminal,
  };
}

async function askOnTerminal(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(question)).trim();
  } finally {
    lines.close();
  }
}
