import { setTimeout as wait } from "node:timers/promises";
import { inspect, parseArgs } from "node:util";
import { unfinishedStatuses } from "#core/agent-runs/agent-run.ts";
import { eventually } from "#local/eventually.ts";
import { answerWithMarkers, keepWriting } from "./contacts.ts";
import { findAll } from "./findings.ts";
import { listen } from "./function-lines.ts";
import { groundFaults, lambdaFaults } from "./ground-faults.ts";
import { hermesFaults, tunnelFaults } from "./hermes-faults.ts";
import { levelHere, type Level } from "./levels.ts";
import { Losses } from "./losses.ts";
import { operatorActs, reviewActs } from "./operators.ts";
import { draw, inNumbers, reportOf, type Report } from "./report.ts";
import { settle } from "./settle.ts";
import { startSoakHub, type Plan, type SoakHub } from "./soak-hub.ts";
import { Trouble, type Lane } from "./trouble.ts";
import { wechatFaults } from "./wechat-faults.ts";

/**
 * `npm run soak`: the whole hub with many accounts while everything goes wrong at once. Exit code 0
 * only if nothing was lost, doubled, out of order, stuck or broken, and memory and handles stayed
 * flat. With `--json` stdout has one line of JSON, the rest goes to stderr.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    accounts: { type: "string", default: "100" },
    rate: { type: "string" },
    seed: { type: "string" },
    json: { type: "boolean", default: false },
    lines: { type: "boolean", default: false },
  },
});
const say = (line: string) => (values.json ? process.stderr : process.stdout).write(`${line}\n`);

const progressMs = 15_000;
const sampleMs = 5_000;
/** The soak's own time between two faults of a place, per second of its life. */
const gapMs = ({ minutes }: Plan) => Math.min(12_000, Math.max(3_500, minutes * 1_000));

function planOf(): Plan {
  const [minutes, accounts] = [Number(values.minutes), Number(values.accounts)];
  const perSecond = values.rate === undefined ? 0.3 + accounts * 0.003 : Number(values.rate);
  const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);
  for (const [name, number] of Object.entries({ minutes, accounts, rate: perSecond, seed })) {
    if (!(number > 0)) throw new Error(`--${name} must be a number above 0.`);
  }
  return { minutes, accounts, perSecond, seed };
}

async function soak(plan: Plan): Promise<Report> {
  const startedAt = performance.now();
  const unhandledHere: string[] = [];
  for (const event of ["unhandledRejection", "uncaughtException"] as const) {
    process.on(event, (error: unknown) => {
      unhandledHere.push(`main: ${event}: ${error instanceof Error ? error.stack : String(error)}`);
    });
  }
  process.on("warning", (warning) => unhandledHere.push(`main: warning: ${String(warning)}`));
  const { heard, hear } = listen();
  const hub = await startSoakHub(
    plan,
    (line) => say(`  ${line}`),
    (line) => {
      hear(line);
      if (values.lines) process.stderr.write(`${line.functionName} ${line.line}\n`);
    },
  );
  try {
    const trouble = new Trouble({ seed: plan.seed, gapMs: gapMs(plan) });
    const losses = new Losses(hub, trouble);
    const levelsHere = await live(hub, plan, trouble, losses);
    say("  the faults end");
    const reviewRest = () =>
      trouble.keepStriking({ faults: reviewActs(hub, trouble), rarity: 0.1 });
    const stuck = await settle(hub, say, reviewRest);
    losses.look();
    const { counts, findings } = await findAll(hub, trouble, losses);
    findings.stuck.push(...stuck);
    const { functions } = hub.meter.snapshot();
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    const run = { plan, counts, findings, trouble, heard, levelsHere, functions, seconds };
    return reportOf({ ...run, unhandledHere });
  } finally {
    await hub.stop();
  }
}

/** The plan's minutes, with all that goes wrong in them; gives the levels of this process. */
async function live(
  hub: SoakHub,
  plan: Plan,
  trouble: Trouble,
  losses: Losses,
): Promise<readonly Level[]> {
  answerWithMarkers(hub, trouble);
  await eventually(
    "every bot is polled",
    async () => {
      const polls = hub.wechat.openPolls();
      return hub.bots.every(({ botId }) => (polls[botId] ?? 0) > 0) ? true : null;
    },
    600_000,
  );
  const levels: Level[] = [];
  const backlog = { waiting: 0 };
  const lanes: Lane[] = [
    { faults: wechatFaults(hub, trouble), rarity: 1 },
    // Half of the time nothing is wrong with Hermes, or nobody would be answered.
    { faults: hermesFaults(hub, trouble), rarity: 2.5 },
    { faults: tunnelFaults(hub, trouble), rarity: 2.5 },
    { faults: lambdaFaults(hub, trouble), rarity: 1 },
    { faults: groundFaults(hub, trouble), rarity: 1 },
    {
      faults: [...operatorActs(hub, trouble), ...reviewActs(hub, trouble)],
      rarity: 1,
    },
  ];
  const watching = watch(hub, plan, trouble, { levels, backlog, losses });
  const mustWait = () => backlog.waiting > 30 + plan.accounts / 2;
  const writing = keepWriting(hub, plan, trouble, mustWait);
  const striking = lanes.map((lane) => trouble.keepStriking(lane));
  await wait(plan.minutes * 60_000);
  trouble.end();
  await Promise.all([watching, writing, ...striking]);
  return levels;
}

async function watch(
  hub: SoakHub,
  plan: Plan,
  trouble: Trouble,
  seen: { levels: Level[]; backlog: { waiting: number }; losses: Losses },
): Promise<void> {
  const startedAt = performance.now();
  let toldAt = startedAt;
  while (!trouble.isOver()) {
    await wait(sampleMs);
    seen.losses.look();
    const now = performance.now();
    const level = levelHere(now);
    seen.levels.push(level);
    const waiting = await hub.db.collection("messages").countDocuments({ waiting: true });
    const runs = hub.db.collection("agent_runs");
    const unfinished = await runs.countDocuments({ status: { $in: [...unfinishedStatuses] } });
    seen.backlog.waiting = waiting + unfinished;
    if (now - toldAt < progressMs) continue;
    toldAt = now;
    const sent = hub.contacts.reduce((sum, contact) => sum + contact.sent.length, 0);
    const faults = [...trouble.struck.values()].reduce((sum, times) => sum + times, 0);
    say(
      `  ${Math.round((now - startedAt) / 1000)} of ${plan.minutes * 60} s · written ${sent} · ` +
        `bubbles ${hub.wechat.state().counts.bubbles} · waiting ${seen.backlog.waiting} · ` +
        `faults ${faults} · ${level.rssMb.toFixed(0)} MB, heap ${level.heapMb.toFixed(0)} MB, ` +
        `${level.handles} handles`,
    );
  }
}

async function main(): Promise<boolean> {
  const plan = planOf();
  say(
    `Soak: ${plan.accounts} accounts for ${plan.minutes} minutes, ${plan.perSecond.toFixed(2)} ` +
      `messages a second, seed ${plan.seed} (--seed ${plan.seed} for the same order of faults)`,
  );
  const report = await soak(plan);
  say(`\n${draw(report)}`);
  if (values.json) process.stdout.write(`${JSON.stringify(inNumbers(report))}\n`);
  return report.ok;
}

// Set before: what only ends, whatever the reason, has not held.
process.exitCode = 1;
try {
  if (await main()) process.exitCode = 0;
} catch (error) {
  say(`✗ the soak itself broke: ${inspect(error)}`);
}
