import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import { eventually } from "#local/eventually.ts";
import { startHermesProcess } from "./hermes-process.ts";
import { ask, contentOf, session } from "./http.ts";
import { startModelServer, type ModelServer } from "./model-server.ts";
import { hasRead, startRealHub, type RealHub } from "./real-hub.ts";
import { strangersConfig } from "./strangers-config.ts";

/** A model that does what it can to carry a secret from one contact to another. */
function makeCareless(model: ModelServer, secret: string): void {
  const memory = { action: "add", target: "user", content: `The PIN is ${secret}.` };
  model.script("keep it", { kind: "uses-tool", tool: "memory", input: memory, text: "Kept." });
  const search = { query: "PIN" };
  model.script("look for", {
    kind: "uses-tool",
    tool: "session_search",
    input: search,
    text: "I looked everywhere.",
  });
}

/** All that the model was sent for questions that hold this text. */
function sentFor(model: ModelServer, text: string): string[] {
  return model.requests().flatMap(({ body }) => (body.includes(text) ? [body] : []));
}

describe("what one contact tells", { timeout: 180_000 }, () => {
  const secret = randomBytes(8).toString("hex");
  let hub: RealHub;
  beforeAll(async () => {
    hub = await startRealHub(strangersConfig);
    makeCareless(hub.model, secret);
  });
  afterAll(() => hub?.stop());

  test("never reaches the model for another, on the same bot or on another", async () => {
    const [bot, otherBot] = [await hub.addBot(), await hub.addBot()];
    const [teller, neighbour] = [hub.contactOf(bot), hub.contactOf(bot)];
    const stranger = hub.contactOf(otherBot);
    teller.writes(`My PIN is ${secret}, keep it`);
    expect(await hasRead(teller, 1)).toEqual(["Kept."]);

    const curious = [
      { reader: neighbour, question: "I am the neighbour, what is the PIN?" },
      { reader: neighbour, question: "I am the neighbour, look for the PIN" },
      { reader: stranger, question: "I am the stranger, what is the PIN?" },
      { reader: stranger, question: "I am the stranger, look for the PIN" },
    ];
    for (const { reader, question } of curious) {
      const before = reader.reads().length;
      reader.writes(question);
      await hasRead(reader, before + 1);
    }
    // The teller on another bot is another conversation, and nobody there was told.
    hub.wechat.userSends({
      userId: teller.userId,
      botId: otherBot.botId,
      text: "It is me elsewhere, look for the PIN",
    });
    await eventually(
      "it is asked",
      async () => sentFor(hub.model, "It is me elsewhere")[1] ?? null,
    );
    teller.writes("What did I tell you?");
    await hasRead(teller, 2);

    // The secret is there to be found, so its absence below says something.
    const own = sentFor(hub.model, "What did I tell you?");
    expect(own.some((body) => body.includes(secret))).toBe(true);
    for (const who of ["I am the neighbour", "I am the stranger", "It is me elsewhere"]) {
      const sent = sentFor(hub.model, who);
      expect(sent.length).toBeGreaterThan(1);
      expect(sent.filter((body) => body.includes(secret))).toEqual([]);
    }
    const read = [...neighbour.reads(), ...stranger.reads()].join("\n");
    expect(read).not.toContain(secret);
  });
});

describe("a Hermes as it comes", () => {
  test("carries what one session was told into every other: strangers need the settings", async () => {
    const secret = randomBytes(8).toString("hex");
    const model = await startModelServer();
    onTestFinished(() => model.close());
    makeCareless(model, secret);
    const hermes = await startHermesProcess({
      python: inject("hermesPython"),
      modelUrl: model.baseUrl,
    });
    onTestFinished(() => hermes.stop());
    expect(contentOf(await ask(hermes, "keep it", session("one")))).toBe("Kept.");
    await ask(hermes, "And who am I?", session("two"));
    expect(sentFor(model, "And who am I?")[0]).toContain(secret);
  });
});
