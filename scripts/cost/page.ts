import { monthOf, type Load, type Metered } from "./month.ts";
import { prices } from "./prices.ts";

const loads: readonly Load[] = [1, 50, 1000].map((accounts) => ({
  accounts,
  messagesPerDay: 30,
  hermesSeconds: 20,
}));

/** `docs/cost.md`. */
export function costPage(metered: Metered): string {
  const months = loads.map((load) => monthOf(load, metered));
  const totals = months.map((month) => Object.values(month).reduce((sum, usd) => sum + usd, 0));
  const names = [...new Set(months.flatMap((month) => Object.keys(month)))];
  const row = (name: string, cells: readonly string[]) => `| ${name} | ${cells.join(" | ")} |`;
  const usd = (value: number | undefined) => (value === undefined ? "" : `$${value.toFixed(2)}`);
  const valueOf = (month: Record<string, number>, name: string) => usd(month[name]);
  return `# Cost

Computed by \`npm run cost\` from figures metered on the local hub (${metered.at}, ${metered.messages} messages) and
the prices of us-east-1 as of ${prices.asOf}, before anything that AWS gives for free. Assumed are 30 messages per
account and day, and a Hermes that thinks for 20 seconds.

${row(
  "a month",
  loads.map(({ accounts }) => `${accounts} account${accounts === 1 ? "" : "s"}`),
)}
|---|${loads.map(() => "---:").join("|")}|
${row(
  "**total**",
  totals.map((total) => `**${usd(total)}**`),
)}
${row(
  "per account",
  totals.map((total, index) => usd(total / (loads[index]?.accounts ?? 1))),
)}
${names
  .map((name) =>
    row(
      name,
      months.map((month) => valueOf(month, name)),
    ),
  )
  .join("\n")}

Not in it: Hermes and its model, traffic (cents), CloudFront (free at this size), the api Lambda (cents), a NAT
gateway if you choose one.

What moves it most:

- Waiting. A held poll and a thinking Hermes are billed as if they computed. One poll Lambda is always at work
  for each 50 accounts; from a few hundred accounts on, containers are cheaper (docs/operations.md, Scale).
- The free tier: 400,000 GB-seconds and a million requests a month, 14 million Scheduler invocations, ten
  metrics and alarms, three dashboards. A hub of one account pays for little but Atlas.

Metered per answered message, with a Hermes that answers at once: ${metered.agentBilledMs} ms of the agent Lambda,
${metered.queueRequests} requests to SQS, ${metered.logBytes} bytes of logs.
`;
}
