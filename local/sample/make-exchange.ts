import type { AgentRun, Attempt } from "#core/agent-runs/agent-run.ts";
import { newRun } from "#core/agent-runs/new-run.ts";
import { lastWord } from "#core/agent-runs/settle-failure.ts";
import type { AuditLine } from "#core/audit/audit-line.ts";
import type { OutboundMessage } from "#core/messages/message.ts";
import type { StoredMessage } from "#core/messages/message.store.ts";
import { awayNotice } from "#core/policies/policy.ts";
import { plusMs } from "#core/shared/clock.ts";
import type { Language } from "./names.ts";
import { endOf, linesOf } from "./end-exchange.ts";
import { editedBy, type ExchangePlan, type Times } from "./exchange.ts";
import { outageOf } from "./plan-talk.ts";
import { makeOutbound, makeQuestions } from "./sample-messages.ts";
import { depsAt, type SampleSource } from "./source.ts";

type Made = { messages: StoredMessage[]; run: AgentRun; lines: AuditLine[] };
const moreByPerson: Readonly<Record<Language, string>> = {
  zh: "您好，我是店里的同事，这边由我来回复您：已经帮您处理好了。",
  en: "Hello, this is a person from the shop. I have taken care of it for you.",
};
/** One question with its messages, its run and what people did about it. */
export function makeExchange(source: SampleSource, plan: ExchangePlan): Made {
  const { ending, account, policy, conversation } = plan;
  const times = timesOf(source, plan);
  const then = depsAt(source.deps, times.begun);
  const questions = makeQuestions(source, plan);
  const begun = newRun(then, {
    account,
    policy,
    conversation,
    messages: questions,
    turnId: then.newId("turn"),
    aliveUntil: times.begun,
    via: "chat",
  });
  const { unfinished: _, ...settled } = begun;
  const run: AgentRun = {
    ...settled,
    turnId: null,
    aliveUntil: null,
    ...(ending === "no_answer" || ending === "taken_over" ? {} : answered(source, plan, times)),
    ...(ending === "late" ? held(plan, times) : {}),
  };
  const out = outboundOf(source, plan, run, times);
  return {
    run: { ...run, ...endOf(plan, times, out) },
    messages: [...questions.map((message) => ({ ...message, runId: run._id })), ...out],
    lines: linesOf(source, plan, run, times, out),
  };
}

function timesOf({ deps, random }: SampleSource, { askedAt, ending, policy }: ExchangePlan): Times {
  const begun = plusMs(askedAt, 1_000 * policy.debounceSeconds + random.between(300, 1_400));
  const { to } = outageOf(deps.clock.now());
  const started =
    ending === "late" ? plusMs(to, random.between(2_000, 40_000)) : plusMs(begun, 200);
  const answered = plusMs(started, random.between(1_600, 7_900));
  const isRead = ending === "approved" || ending === "edited" || ending === "rejected";
  const readMs = isRead ? random.between(40, 900) * 1_000 : 0;
  return { begun, started, answered, sent: plusMs(answered, readMs + random.between(400, 1_900)) };
}

function answered(
  { random }: SampleSource,
  { words, ending }: ExchangePlan,
  { begun, started, answered: ended }: Times,
): Partial<AgentRun> {
  const id = `chatcmpl-${random.text(29, "0123456789abcdef")}`;
  const completion = Math.ceil(words.answer.length * 0.7);
  const prompt = random.between(820, 1_460);
  const usage = {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
  };
  const message = { role: "assistant", content: words.answer };
  const attempt: Attempt = { startedAt: started, endedAt: ended, class: "answer", row: null };
  const refused: Attempt = {
    startedAt: begun,
    endedAt: plusMs(begun, 900),
    class: "unavailable",
    row: "refused",
  };
  return {
    outputText: words.answer,
    responseId: id,
    usage,
    rawResponse: {
      id,
      object: "chat.completion",
      created: Math.floor(ended.getTime() / 1_000),
      model: "hermes-agent",
      choices: [{ index: 0, message, finish_reason: "stop" }],
      usage,
    },
    attempts: ending === "late" ? [refused, attempt] : [attempt],
    hermesStartedAt: started,
    hermesEndedAt: ended,
    completedAt: ended,
  };
}

/** It waited while Hermes was away. */
function held({ number }: ExchangePlan, { begun }: Times): Partial<AgentRun> {
  return { attemptCount: 2 + (number % 2), nextAttemptAt: null, createdAt: begun };
}

function outboundOf(
  source: SampleSource,
  plan: ExchangePlan,
  run: AgentRun,
  { begun, sent }: Times,
): OutboundMessage[] {
  const { ending, words, language, person } = plan;
  const make = (text: string, more: Partial<Parameters<typeof makeOutbound>[1]> = {}) =>
    makeOutbound(source, { plan, runId: run._id, text, at: sent, state: "accepted", ...more });
  switch (ending) {
    case "draft":
    case "rejected":
      return [];
    case "late":
      return [make(awayNotice, { kind: "notice", at: plusMs(begun, 1_500) }), make(words.answer)];
    case "approved":
      return [make(words.answer, { author: person })];
    case "edited":
      return [make(editedBy(plan), { author: person })];
    case "no_answer":
      return [make(lastWord, { kind: "last_word" })];
    case "taken_over":
      return [make(moreByPerson[language], { kind: "operator", author: person, runId: null })];
    case "credits":
    case "window":
      return [make(words.answer, { state: "parked", code: ending })];
    case "refused":
      return [make(words.answer, { state: "refused", code: "-3" })];
    case "unconfirmed":
      return [make(words.answer, { state: "unconfirmed" })];
    case "sent":
      return [make(words.answer)];
  }
}
