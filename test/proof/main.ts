import { randomUUID } from "node:crypto";
import { fork } from "node:child_process";
import { once } from "node:events";
import { startDatabase } from "#local/database/database.ts";
import { planSweep } from "./plan.ts";
import { stories } from "./all-stories.ts";
import { Sweep, type Outcome } from "./sweep.ts";
import { isWrong, tallyOf } from "./tally.ts";

const workers = 2;
const asJson = process.argv.includes("--json");
const say = (line: string) => process.stderr.write(`${line}\n`);

/** One share of the plan, in a process of its own. */
async function workShare(): Promise<void> {
  const uri = process.env["PROOF_DATABASE_URI"] ?? "";
  const share = Number(process.env["PROOF_SHARE"]);
  const sweep = await Sweep.start({ uri, name: `proof_${randomUUID().slice(0, 8)}` });
  const planned = await planSweep(sweep);
  process.send?.({ planned: planned.length });
  for (const [at, { point, profile }] of planned.entries()) {
    if (at % workers !== share) continue;
    const story = stories.find(({ name }) => name === point.story);
    if (story) process.send?.({ outcome: await sweep.run(point, story, profile) });
  }
  await sweep.stop();
  process.exit(0);
}

type News = { planned: number } | { outcome: Outcome };

async function lead(): Promise<void> {
  const startedMs = performance.now();
  const database = await startDatabase({ dataDir: ":memory:", log: say });
  say(database.description);
  const outcomes: Outcome[] = [];
  let planned = 0;
  const children = Array.from({ length: workers }, (_, share) => {
    const env = { ...process.env, PROOF_DATABASE_URI: database.uri, PROOF_SHARE: `${share}` };
    const child = fork(import.meta.filename, [], { env });
    child.on("message", (news: News) => {
      if ("planned" in news) planned = news.planned;
      else {
        outcomes.push(news.outcome);
        report(news.outcome, outcomes.length, planned, startedMs);
      }
    });
    return once(child, "exit");
  });
  const codes = await Promise.all(children);
  await database.stop();
  const tally = tallyOf(outcomes);
  const wrong = outcomes.filter(isWrong).length;
  const minutes = ((performance.now() - startedMs) / 60_000).toFixed(1);
  if (asJson) process.stdout.write(`${JSON.stringify(tally)}\n`);
  else
    process.stdout.write(
      `${Object.entries(tally)
        .map(([name, figure]) => `${name} ${String(figure)}`)
        .join(" · ")} · ${minutes} min\n`,
    );
  const isComplete = outcomes.length === planned && codes.every(([code]) => code === 0);
  process.exitCode = wrong === 0 && isComplete ? 0 : 1;
}

function report(outcome: Outcome, done: number, planned: number, startedMs: number): void {
  const { point, profile, findings } = outcome;
  if (isWrong(outcome)) {
    say(
      `✗ ${point.of} ${point.when} ${point.site}\n  in “${point.story}”, ${profile.cursor}/${profile.via}`,
    );
    for (const [kind, found] of Object.entries(findings))
      for (const each of found) say(`  ${kind}: ${each}`);
  }
  if (done % 25 === 0) {
    const seconds = Math.round((performance.now() - startedMs) / 1000);
    say(`  ${done} of ${planned} deaths, ${seconds} s`);
  }
}

await (process.env["PROOF_SHARE"] === undefined ? lead() : workShare());
