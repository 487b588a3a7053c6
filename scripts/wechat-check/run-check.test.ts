import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readSettings } from "#core/settings/read-settings.ts";
import { startWechatSim, type WechatSim } from "#local/wechat-sim/server.ts";
import type { CheckContext } from "./check-context.ts";
import { collectFindings, type Finding } from "./findings.ts";
import { writeReport } from "./report.ts";
import { isAsExpected, runCheck, type CheckOutcome } from "./run-check.ts";

const written = "a private text that no report may hold";
let sim: WechatSim;
let userId: string;
beforeEach(async () => {
  sim = await startWechatSim({
    config: { polling: { holdMs: 50 }, login: { statusHoldMs: 30 } },
  });
  ({ userId } = sim.createUser({ name: "tester" }));
});
afterEach(() => sim.stop());

type Script = {
  /** What the person does with a QR code; by default they scan and confirm. */
  onQr?: (qr: string, shown: number) => void;
  onTold?: (text: string) => void;
  /** An answer to a question that holds the words; else the first choice is taken. */
  answers?: Record<string, string | (() => string)>;
};

type Walk = {
  outcome: CheckOutcome;
  findings: readonly Finding[];
  report: string;
  questions: string[];
  told: string[];
};

/** The check against the simulator, with a person who follows the script. */
async function walk({ onQr = confirm, onTold, answers = {} }: Script = {}): Promise<Walk> {
  const questions: string[] = [];
  const told: string[] = [];
  let shown = 0;
  const findings = collectFindings(() => new Date());
  const context: CheckContext = {
    settings: readSettings(["wechat"], { WECHAT_BASE_URL: sim.url }).wechat,
    findings,
    now: () => new Date(),
    sleep: async () => {},
    holdMs: 2_000,
    patienceMs: 0,
    person: {
      tell(text) {
        told.push(text);
        onTold?.(text);
        if (text.includes("write it any short text")) sim.userSends({ userId, text: written });
      },
      async showQr(content) {
        shown += 1;
        onQr(content, shown);
      },
      async ask(question) {
        questions.push(question);
        const found = Object.entries(answers).find(([words]) => question.includes(words));
        const answer = found?.[1] ?? usual(question);
        return typeof answer === "string" ? answer : answer();
      },
    },
  };
  const outcome = await runCheck(context);
  const report = writeReport({
    host: new URL(sim.url).host,
    clientVersion: "2.4.9",
    startedAt: new Date(),
    outcome,
    findings: findings.all,
  });
  return { outcome, findings: findings.all, report, questions, told };
}

function confirm(qr: string): void {
  sim.scan({ qr, userId });
  sim.confirm({ qr });
}

function usual(question: string): string {
  return question.includes("same client id") ? "none" : "";
}

function found(findings: readonly Finding[], what: string): Finding | undefined {
  return findings.findLast((each) => each.what === what);
}

describe("the whole walk", () => {
  test("finds everything as expected where WeChat behaves", async () => {
    const { outcome, findings, report } = await walk();
    expect(outcome).toEqual({ finished: true, stoppedBecause: null });
    expect(findings.filter(({ result }) => result === "unexpected")).toEqual([]);
    expect(isAsExpected(findings)).toBe(true);
    expect(found(findings, "a message comes")?.detail).toContain("from who scanned");
    expect(found(findings, "the older login has ended")?.detail).toBe("refused with -14");
    expect(found(findings, "the new login polls")?.result).toBe("as_expected");
    expect(sim.bubbles({ userId }).map(({ text }) => text)).toEqual([
      "Check A: this should appear once.",
      "Check B: this was sent without a token.",
    ]);
    expect(report).toContain("- end: finished");
    expect(report).toContain("- unexpected: 0 of");
  });

  test("writes neither token, id, QR code nor text into the report", async () => {
    const codes: string[] = [];
    const { report } = await walk({
      onQr(qr) {
        codes.push(qr);
        confirm(qr);
      },
    });
    const hidden = new Set([written, userId, ...codes]);
    for (const { botId } of sim.bubbles({ userId })) hidden.add(botId);
    for (const { contextToken } of sim.bubbles({ userId }))
      if (contextToken) hidden.add(contextToken);
    for (const secret of JSON.stringify(sim.state()).match(/[0-9a-f]{12,}/g) ?? [])
      hidden.add(secret);
    expect(hidden.size).toBeGreaterThan(6);
    for (const secret of hidden) expect(report).not.toContain(secret);
    expect(report).toMatch(/bot #[0-9a-f]{6}@im\.bot, user #[0-9a-f]{6}@im\.wechat/);
  });
});

describe("the number that WeChat may ask for", () => {
  test("is first sent wrong, then right", async () => {
    let code = "";
    let first = "";
    const { outcome, findings, questions } = await walk({
      onQr(qr, shown) {
        if (shown > 1) return confirm(qr);
        first = qr;
        code = sim.scan({ qr, userId, withVerifyCode: true }).verifyCode ?? "";
      },
      onTold(text) {
        if (text.startsWith("Scanned.")) sim.confirm({ qr: first });
      },
      answers: { "Type it here": () => code },
    });
    expect(outcome.finished).toBe(true);
    expect(questions.filter((question) => question.includes("Type it here"))).toHaveLength(2);
    expect(found(findings, "a wrong number")).toMatchObject({ step: "scan again" });
    expect(findings).toContainEqual(
      expect.objectContaining({
        step: "scan",
        what: "a wrong number",
        result: "as_expected",
        detail: "WeChat asks again",
      }),
    );
  });
});

describe("what goes wrong is in the report", () => {
  test("a QR code that ran out is followed by another, three in all", async () => {
    const { outcome, findings } = await walk({ onQr: () => sim.advanceClock(130_000) });
    expect(outcome).toEqual({ finished: false, stoppedBecause: "No scan was confirmed." });
    expect(found(findings, "a scan is confirmed")).toMatchObject({ result: "unexpected" });
  });

  test("a bubble shown twice", async () => {
    const { findings, report } = await walk({ answers: { "with the context token": "twice" } });
    expect(found(findings, "a text with the context token")).toMatchObject({
      result: "unexpected",
      detail: "WeChat's answer: accepted with message id; the phone showed it: twice",
    });
    expect(report).toContain("UNEXPECTED");
    expect(isAsExpected(findings)).toBe(false);
  });

  test("a refused send", async () => {
    const behaviour = { kind: "refuse", ret: -2, errmsg: "rate limited" } as const;
    sim.armFault({ endpoint: "sendmessage", behaviour });
    const { findings } = await walk({ answers: { "with the context token": "none" } });
    expect(found(findings, "a text with the context token")?.detail).toContain("refused with -2");
  });

  test("no message, when the person does not want to wait on", async () => {
    sim.armFault({ endpoint: "getupdates", times: null, behaviour: { kind: "http", status: 524 } });
    const { outcome, findings } = await walk({ answers: { "Wait on?": "no" } });
    expect(outcome.stoppedBecause).toBe("No message came.");
    expect(found(findings, "an empty poll")?.detail).toContain("cut (524)");
  });

  test("a login that dies under the check", async () => {
    sim.armFault({ endpoint: "getupdates", behaviour: { kind: "session-timeout" } });
    const { outcome } = await walk();
    expect(outcome.finished).toBe(false);
    expect(outcome.stoppedBecause).toContain("code -14");
  });

  test("another person's second scan", async () => {
    const { userId: other } = sim.createUser({ name: "other" });
    const { findings } = await walk({
      onQr(qr, shown) {
        sim.scan({ qr, userId: shown === 1 ? userId : other });
        sim.confirm({ qr });
      },
    });
    expect(found(findings, "the same user, and a new bot id")).toMatchObject({
      result: "unexpected",
      detail: "another user, a new bot id",
    });
  });
});

test("whoever says no is left alone, and nothing is asked of WeChat", async () => {
  const { outcome } = await walk({ answers: { "Go on?": "no" } });
  expect(outcome.finished).toBe(false);
  expect(sim.calls()).toEqual([]);
});

test("an answer that is none of the choices is asked for again", async () => {
  let asked = 0;
  const { outcome, told } = await walk({
    answers: { "Go on?": () => (asked++ === 0 ? "perhaps" : "yes") },
  });
  expect(outcome.finished).toBe(true);
  expect(told).toContain("Please answer with one of: yes, no.");
});
