import type { AnswerFunction } from "#local/hermes-sim/agent.ts";
import { createRandom, type Random } from "#local/wechat-sim/random.ts";
import type { WechatSim } from "#local/wechat-sim/server.ts";
import type { Language, ShopKind } from "./names.ts";
import { answerTo, exchangesOf, thanks } from "./talk.ts";

/** A bot as far as its customers go. */
export type LiveBot = {
  botId: string;
  kind: ShopKind;
  language: Language;
  /** Whether a person reads each answer first; people write to those less often, as drafts pile up. */
  isReviewed: boolean;
  /** Those who may write, with what they asked before; who waits for a person stays silent. */
  contacts: readonly LiveContact[];
};
export type LiveContact = { userId: string; asked: readonly string[] };

export type LiveTraffic = { stop: () => void };

type Phones = Pick<WechatSim, "createUser" | "openPolls" | "userSends">;

const newcomerIn = 9;
const reviewedIn = 6;

/**
 * Lets customers write to whichever of the bots are polled, one at a time, about every `gapMs`: never
 * sooner than half of it, now and then a new one. The same seed makes the same people write the same.
 */
export function startLiveTraffic(
  wechat: Phones,
  bots: readonly LiveBot[],
  { gapMs, seed }: { gapMs: number; seed: number },
): LiveTraffic {
  const random = createRandom(seed);
  const asked = new Map(
    bots.flatMap(({ contacts }) => contacts.map((each) => [each.userId, new Set(each.asked)])),
  );
  let timer: NodeJS.Timeout;
  const writeAfter = (pauseMs: number) => {
    timer = setTimeout(() => {
      const hasWritten = write(wechat, bots, { random, asked });
      writeAfter(hasWritten ? random.between(gapMs / 2, gapMs * 1.5) : soonMs);
    }, pauseMs);
  };
  // Whoever opens the console should not have to wait for the first one.
  const soonMs = gapMs / 6;
  writeAfter(soonMs);
  return { stop: () => clearTimeout(timer) };
}

/** What the agent behind the sample says, after the time that an agent takes. */
export function sampleAnswers(seed: number, slowestMs: number): AnswerFunction {
  const random = createRandom(seed);
  return ({ text }) => {
    const delayMs = random.between(slowestMs / 4, slowestMs);
    return { kind: "ok", text: answerTo(text), delayMs };
  };
}

/** False when nobody could be written to. */
function write(
  wechat: Phones,
  bots: readonly LiveBot[],
  { random, asked }: { random: Random; asked: Map<string, Set<string>> },
): boolean {
  const polls = wechat.openPolls();
  const polled = bots.filter(({ botId }) => (polls[botId] ?? 0) > 0);
  const wanted = random.between(1, reviewedIn) === 1;
  const fitting = polled.filter(({ isReviewed }) => isReviewed === wanted);
  if (fitting.length === 0) return false;
  const { botId, contacts, kind, language } = random.pick(fitting);
  const isNew = contacts.length === 0 || random.between(1, newcomerIn) === 1;
  const { userId } = isNew ? wechat.createUser() : random.pick(contacts);
  const before = asked.get(userId) ?? new Set();
  const open = exchangesOf(kind, language).filter(({ question }) => !before.has(question));
  // Who has asked everything begins anew after a word of thanks.
  const { question } = open.length > 0 ? random.pick(open) : thanks[language];
  asked.set(userId, open.length > 0 ? before.add(question) : new Set());
  wechat.userSends({ userId, botId, text: question });
  return true;
}
