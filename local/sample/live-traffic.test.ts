import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../eventually.ts";
import { type LiveBot, sampleAnswers, startLiveTraffic } from "./live-traffic.ts";
import { exchangesOf } from "./talk.ts";

const tea: LiveBot = {
  botId: "tea",
  kind: "tea",
  language: "zh",
  isReviewed: false,
  contacts: [{ userId: "regular", asked: ["附近好停车吗"] }],
};
const garage: LiveBot = { ...tea, botId: "garage", kind: "garage", language: "en" };

function phones(polled: Readonly<Record<string, number>>) {
  const sent: { userId: string; botId?: string | undefined; text?: string | undefined }[] = [];
  return {
    sent,
    createUser: Object.assign(() => ({ userId: `new-${sent.length}` }), { receive: noInput }),
    openPolls: Object.assign(() => ({ ...polled }), { receive: noInput }),
    userSends: Object.assign(
      (message: (typeof sent)[number]) => {
        sent.push(message);
        return { messageId: "1", messageIds: ["1"], queued: true };
      },
      { receive: noInput },
    ),
  };
}

function noInput(): never {
  throw new Error("This goes by functions only.");
}

async function firstForty(seed: number) {
  const wechat = phones({ tea: 1, garage: 0 });
  const traffic = startLiveTraffic(wechat, [tea, garage], { gapMs: 4, seed });
  onTestFinished(() => traffic.stop());
  await eventually("forty have written", async () => (wechat.sent.length >= 40 ? true : null));
  traffic.stop();
  return wechat.sent.slice(0, 40);
}

test("customers write what fits the shop, to bots that are polled, now and then a new one", async () => {
  const sent = await firstForty(3);
  const fitting = [...exchangesOf("tea", "zh").map(({ question }) => question), "好的谢谢"];
  expect(sent.filter(({ botId, text = "" }) => botId === "tea" && fitting.includes(text))).toEqual(
    sent,
  );
  const ofRegular = sent.filter(({ userId }) => userId === "regular").map(({ text }) => text);
  const firstRound = ofRegular.slice(0, ofRegular.indexOf("好的谢谢"));
  expect(new Set(["附近好停车吗", ...firstRound]).size).toBe(firstRound.length + 1);
  expect(firstRound).toHaveLength(6);
  const writers = new Set(sent.map(({ userId }) => userId));
  expect(writers.has("regular")).toBe(true);
  expect(writers.size).toBeGreaterThan(1);
});

test("the same seed makes the same people write the same", async () => {
  expect(await firstForty(5)).toEqual(await firstForty(5));
  expect(await firstForty(5)).not.toEqual(await firstForty(6));
});

test("the agent knows the answer to each question, whatever was said around it", async () => {
  const answer = sampleAnswers(1, 10);
  const asked = { sessionId: "s", images: [], history: [], requestId: "r", profile: null };
  const [first] = exchangesOf("bakery", "en");
  const told = await answer({ ...asked, text: `Hi there\n\n${first.question}` });
  expect(told).toMatchObject({ kind: "ok", text: first.answer });
  expect(await answer({ ...asked, text: "???" })).toMatchObject({ kind: "ok" });
});
