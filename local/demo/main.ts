import { parseArgs } from "node:util";
import { buildFunctions } from "../build-functions.ts";
import { startHub, type Hub } from "../hub.ts";
import { fastPace } from "../pace.ts";
import { drawMeter, drawTable, shorten } from "./report.ts";
import { steps, type Story } from "./story.ts";

/**
 * `npm run demo`: the hub's whole main job on a fresh hub in memory, told step by step. Exit code 0
 * only if every step held. With `--json` stdout has one line of JSON, the rest goes to stderr.
 */
const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
  },
});
const say = (line: string) => (values.json ? process.stderr : process.stdout).write(`${line}\n`);

type StepResult = { name: string; ok: boolean; ms: number; error?: string };

async function main(): Promise<boolean> {
  const startedAt = performance.now();
  say("WeChat ClawBot Hub: the main job, with a simulated WeChat and a stand-in for Hermes\n");
  await buildFunctions();
  const functionLines: string[] = [];
  const hub = await startHub({
    pace: fastPace,
    log: (line) => say(`  ${line}`),
    onFunctionLine: ({ functionName, line }) => functionLines.push(`${functionName} ${line}`),
  });
  try {
    const { wechat, hermes } = hub;
    if (!wechat || !hermes) throw new Error("The demo needs both simulators.");
    const story: Story = { hub, wechat, hermes, bots: new Map(), commandsPerMessage: null };
    say(`  api ${hub.apiUrl} · WeChat ${wechat.url} · Hermes ${hermes.baseUrl}\n`);
    const results = await tell(story);
    const ok = results.every((result) => result.ok);
    if (!ok || values.verbose) say(`\nWhat the functions logged:\n${functionLines.join("\n")}`);
    await report(story, results, ok, startedAt);
    return ok;
  } finally {
    await hub.stop();
  }
}

async function tell(story: Story): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const { name, run } of steps) {
    const result = await time(name, () => run(story));
    results.push(result);
    say(`${result.ok ? "✓" : "✗"} ${name} (${(result.ms / 1000).toFixed(1)} s)`);
    if (result.ok) continue;
    say(`    ${result.error}`);
    break;
  }
  return results;
}

async function time(name: string, run: () => Promise<void>): Promise<StepResult> {
  const startedAt = performance.now();
  const took = () => Math.round(performance.now() - startedAt);
  try {
    await run();
    return { name, ok: true, ms: took() };
  } catch (error) {
    return { name, ok: false, ms: took(), error: String(error) };
  }
}

async function report(story: Story, results: StepResult[], ok: boolean, startedAt: number) {
  const runs = await agentRuns(story.hub);
  const botNames = new Map([...story.bots].map(([name, { account }]) => [account._id, name]));
  const rows = runs.map((run) => ({
    bot: botNames.get(run.accountId) ?? "",
    status: run.status,
    messages: run.messageIds.length,
    attempts: run.attemptCount,
    asked: shorten(run.inputText),
    answered: shorten(run.outputText),
  }));
  const meter = story.hub.meter.snapshot();
  say(`\nagent_runs\n${drawTable(rows)}\n\n${drawMeter(meter)}`);
  if (story.commandsPerMessage !== null) {
    say(`Database commands for one answered message: ${story.commandsPerMessage}`);
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  say(`\n${ok ? "All steps held" : "NOT all steps held"}, ${seconds} s.`);
  if (!values.json) return;
  process.stdout.write(`${JSON.stringify({ ok, steps: results, agentRuns: runs, meter })}\n`);
}

async function agentRuns(hub: Hub) {
  const accounts = await hub.client.accounts();
  const runs = await Promise.all(accounts.map(({ _id }) => hub.client.runs(_id)));
  return runs.flat().sort((a, b) => (a._id < b._id ? -1 : 1));
}

process.exitCode = (await main()) ? 0 : 1;
