import { writeFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import QRCode from "qrcode";
import { readSettings } from "#core/settings/read-settings.ts";
import { collectFindings } from "./wechat-check/findings.ts";
import type { Person } from "./wechat-check/person.ts";
import { writeReport } from "./wechat-check/report.ts";
import { isAsExpected, runCheck, type CheckOutcome } from "./wechat-check/run-check.ts";

/**
 * `npm run wechat:check -- [--report wechat-check.md]`: walks a person with a real phone through
 * scan, message in, messages out and rescan against WECHAT_BASE_URL, and writes what was seen.
 * Exits with 1 when something was otherwise than the hub relies on.
 */
const { values: options } = parseArgs({
  options: { report: { type: "string", default: "wechat-check.md" } },
});
/** Whatever the terminal's own colours are: phones read no light code on dark ground. */
const blackOnWhite = (line: string) => `\u001b[30;107m${line}\u001b[0m`;
const say = (text: string) => process.stdout.write(`${text}\n`);
const settings = readSettings(["wechat"], process.env).wechat;
const lines = createInterface({ input: process.stdin, output: process.stdout });
const person: Person = {
  tell: (text) => void say(`\n${text}`),
  ask: (question) => lines.question(`\n${question} `),
  async showQr(content) {
    const drawn = await QRCode.toString(content, { type: "utf8", margin: 4 });
    say(drawn.replace(/^.*$/gm, blackOnWhite));
    say(`No square above? Draw this address as a QR code elsewhere: ${content}`);
  },
};

const startedAt = new Date();
const findings = collectFindings(() => new Date());

async function finish(outcome: CheckOutcome): Promise<void> {
  const report = writeReport({
    host: new URL(settings.WECHAT_BASE_URL).host,
    clientVersion: settings.WECHAT_CLIENT_VERSION,
    startedAt,
    outcome,
    findings: findings.all,
  });
  await writeFile(options.report, report);
  say(`\n${report}\nWritten to ${options.report}; it can be attached to an issue as it is.`);
  process.exit(outcome.finished && isAsExpected(findings.all) ? 0 : 1);
}

lines.on("SIGINT", () => {
  void finish({ finished: false, stoppedBecause: "The person stopped it." });
});
await finish(
  await runCheck({
    settings,
    person,
    findings,
    now: () => new Date(),
    sleep: (ms) => sleep(ms),
    holdMs: 40_000,
    patienceMs: 180_000,
  }),
);
