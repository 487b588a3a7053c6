import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

export type Start = {
  name: string;
  bundle: string;
  event: unknown;
  environment: Record<string, string>;
};

const program = `
const [bundle, event] = process.argv.slice(1);
const startedAt = performance.now();
const { handler } = await import(bundle);
await handler(JSON.parse(event), {
  awsRequestId: "r", functionName: "f", functionVersion: "1", memoryLimitInMB: "256",
  invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:f",
  getRemainingTimeInMillis: () => 60_000,
});
const ms = performance.now() - startedAt;
process.stdout.write("\\nstarted " + ms, () => process.exit(0));
`;

/**
 * Milliseconds from nothing to the first event handled, in a process of its own: the median of
 * `rounds`. All starts take turns, so that a busy moment of the machine hits each alike.
 */
export async function startTimes(
  starts: readonly Start[],
  rounds: number,
): Promise<Map<string, number>> {
  const times = new Map<string, number[]>();
  for (let round = 0; round < rounds; round++) {
    for (const start of starts) {
      times.set(start.name, [...(times.get(start.name) ?? []), await startOnce(start)]);
    }
  }
  return new Map([...times].map(([name, each]) => [name, median(each)]));
}

async function startOnce({ name, bundle, event, environment }: Start): Promise<number> {
  const run = spawn(
    process.execPath,
    ["--input-type=module", "--eval", program, bundle, JSON.stringify(event)],
    {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env["PATH"],
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "local",
        AWS_SECRET_ACCESS_KEY: "local",
        AWS_LAMBDA_FUNCTION_NAME: name,
        ...environment,
      },
    },
  );
  const [said, errors] = await Promise.all([text(run.stdout), text(run.stderr), once(run, "exit")]);
  const [, ms] = /started ([\d.]+)$/.exec(said) ?? [];
  if (ms === undefined)
    throw new Error(`${name} did not handle its first event.\n${errors}${said}`);
  return Number(ms);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
