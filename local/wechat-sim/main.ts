import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { startWechatSim, type WechatSimOptions } from "./server.ts";

const usage = `node local/wechat-sim/main.ts [--port 8071] [--host 127.0.0.1] [--seed 7] [--config rules.json] [--data FILE]

  --port    where to listen; else PORT, else 8071; 0 takes a free one
  --host    127.0.0.1 unless given; the control API has no password
  --seed    makes ids and chances repeatable
  --config  a JSON file with the rules that differ from the defaults (README.md)
  --data    a JSON file that keeps people, bots, logins and messages between starts
`;

const Port = z.coerce.number().int().min(0).max(65_535);
const Seed = z.coerce.number().int().nonnegative();

/** The simulator as a program of its own. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string" },
      host: { type: "string" },
      seed: { type: "string" },
      config: { type: "string" },
      data: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const options: WechatSimOptions = {
    port: Port.parse(values.port ?? (process.env["PORT"] || "8071"), {
      error: () => "no port number",
    }),
    ...(values.host === undefined ? {} : { host: values.host }),
    ...(values.seed === undefined ? {} : { seed: Seed.parse(values.seed) }),
    ...(values.data === undefined ? {} : { dataFile: resolve(values.data) }),
    ...(values.config === undefined ? {} : { config: await readRules(values.config) }),
  };
  const sim = await startWechatSim(options);
  process.stdout.write(
    `WeChat simulator\n  page       ${sim.url}/\n  iLink API  ${sim.url}\n  control    ${sim.url}/_sim/state\n  seed       ${sim.state().seed}\n  data       ${options.dataFile ?? "in memory only; --data FILE keeps it"}\nCtrl-C stops it.\n`,
  );
  const stop = () => void sim.stop();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

async function readRules(path: string): Promise<NonNullable<WechatSimOptions["config"]>> {
  const parsed: unknown = JSON.parse(await readFile(path, "utf8"));
  return z.record(z.string(), z.json()).parse(parsed);
}

function explain(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
    return `${error.message}. Another program has this port: give another with --port.`;
  }
  return error instanceof Error ? error.message : String(error);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`The WeChat simulator did not start: ${explain(error)}\n`);
  process.exitCode = 1;
}
