import type { Finding, FindingResult } from "./findings.ts";
import type { CheckOutcome } from "./run-check.ts";

export type ReportFacts = {
  host: string;
  clientVersion: string;
  startedAt: Date;
  outcome: CheckOutcome;
  findings: readonly Finding[];
};

const words: Record<FindingResult, string> = {
  as_expected: "as expected",
  unexpected: "UNEXPECTED",
  seen: "seen",
  not_tried: "not tried",
};

/** The report as Markdown, to be attached to an issue as it is. */
export function writeReport(facts: ReportFacts): string {
  const { outcome, findings } = facts;
  const unexpected = findings.filter(({ result }) => result === "unexpected").length;
  const end = outcome.finished ? "finished" : `stopped: ${outcome.stoppedBecause}`;
  return [
    "# WeChat check",
    "",
    `- against: ${facts.host}, as client version ${facts.clientVersion}`,
    `- on: ${facts.startedAt.toISOString().slice(0, 10)}, Node ${process.versions.node}`,
    `- end: ${end}`,
    `- unexpected: ${unexpected} of ${findings.length}`,
    "",
    "| s | step | what | result | detail |",
    "| --- | --- | --- | --- | --- |",
    ...findings.map(
      ({ atSeconds, step, what, result, detail }) =>
        `| ${[String(atSeconds), step, what, words[result], detail].map(cell).join(" | ")} |`,
    ),
    "",
  ].join("\n");
}

function cell(text: string): string {
  return text.replace(/[\r\n]+/g, " ").replaceAll("|", "\\|");
}
