import { setTimeout as wait } from "node:timers/promises";
import { eventually } from "#local/eventually.ts";
import { fastPace, type Pace } from "#local/pace.ts";
import { addLiveBots, startLiveHub, type LiveHub } from "./live-hub.ts";
import type { Bench } from "./main.ts";
import { quantile, type Figure } from "./report.ts";

const perSecond = 5;
const seconds = 15;
/** SecantusDB is held to four times of what a real mongod is. */
const standInTimes = 4;

/** What the hub adds to a message's way, there and back, while five a second come in. */
export async function run(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const accounts of [1, 10, 50]) figures.push(...(await measure(bench, accounts)));
  return figures;
}

/** Holds and minutes long enough that 50 processes' worth of ticks is not what is measured. */
const pace: Pace = {
  ...fastPace,
  minuteMs: 20_000,
  holdMs: 8_000,
  settings: {
    ...fastPace.settings,
    POLL_HOLD_SECONDS: "8",
    POLL_LEASE_SECONDS: "40",
    POLL_RENEW_SECONDS: "10",
    POLL_LIFETIME_SECONDS: "120",
    POLL_TAKE_INTERVAL_MS: "1000",
    CHUNK_PAUSE_MS: "0",
  },
};

async function measure(bench: Bench, accounts: number): Promise<Figure[]> {
  const hub = await startLiveHub(bench, pace);
  try {
    const bots = await addLiveBots(hub, accounts);
    // Each message is a contact's first, so that none waits for the answer before it.
    const write = (text: string, at: number) => {
      const { userId } = hub.wechat.createUser({ name: "contact" });
      hub.wechat.userSends({ userId, botId: bots[at % accounts]?.botId ?? "", text });
    };
    const warmUp = 10;
    for (let n = 0; n < warmUp; n++) write(`warm-up-${n}-`, n);
    await answered(hub, warmUp);
    const writtenAt = new Map<string, number>();
    const messages = perSecond * seconds;
    const startedAt = performance.now();
    for (let n = 0; n < messages; n++) {
      await wait(Math.max(0, (n * 1000) / perSecond - (performance.now() - startedAt)));
      writtenAt.set(`question-${n}-`, Date.now());
      write(`question-${n}-`, n);
    }
    await answered(hub, warmUp + messages);
    return figuresOf(bench, accounts, timesOf(hub, writtenAt));
  } finally {
    await hub.stop();
  }
}

function answered({ wechat }: LiveHub, count: number) {
  const isDone = async () => (wechat.bubbles({}).length >= count ? true : null);
  return eventually("all are answered", isDone, 120_000);
}

function timesOf({ wechat, hermes }: LiveHub, writtenAt: ReadonlyMap<string, number>) {
  const questions = hermes.calls().filter(({ path }) => path.endsWith("/chat/completions"));
  const sends = wechat.calls().filter(({ endpoint }) => endpoint === "sendmessage");
  const there: number[] = [];
  const back: number[] = [];
  const added: number[] = [];
  for (const [text, at] of writtenAt) {
    const asked = questions.find(({ bodyText }) => bodyText?.includes(text));
    const sent = sends.find(({ request }) => request.includes(text));
    if (!asked?.endedAt || !sent) throw new Error("A question has no answer in the records.");
    const thereMs = asked.startedAt.getTime() - at;
    const backMs = sent.realAt + (sent.durationMs ?? 0) - asked.endedAt.getTime();
    there.push(thereMs);
    back.push(backMs);
    added.push(thereMs + backMs);
  }
  return { there, back, added };
}

function figuresOf(
  bench: Bench,
  accounts: number,
  { there, back, added }: ReturnType<typeof timesOf>,
): Figure[] {
  const times = bench.isMongod ? 1 : standInTimes;
  const row = (name: string, values: number[], share: number, goal?: number): Figure => ({
    name: `${accounts} account${accounts === 1 ? "" : "s"}: ${name}, p${share * 100}`,
    value: quantile(values, share),
    unit: "ms",
    ...(goal !== undefined && { goal: { most: goal * times } }),
  });
  return [
    row("WeChat has it to Hermes' request", there, 0.5),
    row("WeChat has it to Hermes' request", there, 0.95),
    row("WeChat has it to Hermes' request", there, 0.99),
    row("Hermes' answer to WeChat's yes", back, 0.5),
    row("Hermes' answer to WeChat's yes", back, 0.95),
    row("Hermes' answer to WeChat's yes", back, 0.99),
    row("both together", added, 0.5, 25),
    row("both together", added, 0.99, 100),
  ];
}
