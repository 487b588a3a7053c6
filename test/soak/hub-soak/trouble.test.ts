import { expect, test } from "vitest";
import { HubApiError } from "#local/hub-client.ts";
import { Trouble, type Fault } from "./trouble.ts";

const newTrouble = () => new Trouble({ seed: 7, gapMs: 4 });

test("each kind has its turn before the first comes again, even when time is over at once", async () => {
  const trouble = newTrouble();
  const order: string[] = [];
  const faults = ["a", "b", "c"].map((kind): Fault => ({
    kind,
    strike: () => void order.push(kind),
  }));
  trouble.end();
  await trouble.keepStriking({ faults, rarity: 1 });
  expect(order.toSorted()).toEqual(["a", "b", "c"]);
  expect([...trouble.struck.values()]).toEqual([1, 1, 1]);
});

test("the same seed has the same order, another seed another", async () => {
  const orderOf = async (seed: number) => {
    const trouble = new Trouble({ seed, gapMs: 0 });
    const order: string[] = [];
    const kinds = ["a", "b", "c", "d", "e", "f"];
    const faults = kinds.map((kind): Fault => ({ kind, strike: () => void order.push(kind) }));
    trouble.end();
    await trouble.keepStriking({ faults, rarity: 1 });
    return order.join("");
  };
  expect(await orderOf(1)).toBe(await orderOf(1));
  expect(await orderOf(1)).not.toBe(await orderOf(2));
});

test("being told no by the API is part of it; anything else is a failure of the soak", async () => {
  const trouble = newTrouble();
  const faults: Fault[] = [
    {
      kind: "refused",
      strike: () => Promise.reject(new HubApiError(409, "review.claimed", "Somebody else has it.")),
    },
    { kind: "nothing there", strike: () => false },
    { kind: "broken", strike: () => Promise.reject(new Error("no such bot")) },
  ];
  trouble.end();
  await trouble.keepStriking({ faults, rarity: 1 });
  expect([...trouble.refusals]).toEqual([["refused: review.claimed", 1]]);
  expect([...trouble.struck.keys()]).toEqual(["refused"]);
  expect(trouble.failures).toEqual(["broken: no such bot"]);
});
