import * as fc from "fast-check";
import type { Delivery, OtherTick } from "../proof/world.ts";

/** Two bots: one answers alone and has two contacts, one has its drafts reviewed and has one. */
export const botOfContact = [0, 0, 1] as const;

const copies = ["same-id", "new-id", "new-context-token", "no-id"] as const;

/** What people do, who need not wait until the hub has done its work. */
export type Act =
  | { do: "write"; contact: number; copy: (typeof copies)[number] | null }
  | { do: "take-over" | "hand-back" | "speak"; contact: number }
  | { do: "approve" | "edit" | "reject" | "withdraw"; draft: number }
  | { do: "suspend" | "resume"; bot: number };

/** One thing that happens; plain data, so that a failure can be kept as it was printed. */
export type Step =
  | Act
  | { do: "poll"; bot: number; others: readonly OtherTick[] }
  | { do: "work"; delivery: Delivery }
  /** Hermes takes its time, and that is done meanwhile; `isLong`: longer than a Lambda waits. */
  | { do: "work-slowly"; meanwhile: Act; isLong: boolean }
  | { do: "minute"; times: number }
  | { do: "wait"; seconds: number }
  | { do: "round" }
  | { do: "hermes-leaves" }
  | { do: "hermes-returns" }
  | { do: "expire"; bot: number }
  | { do: "log-in"; bot: number };

const contact = fc.nat({ max: botOfContact.length - 1 });
const bot = fc.nat({ max: 1 });
const draft = fc.nat({ max: 2 });
const one = <const Name extends string>(...names: readonly Name[]) =>
  fc.constantFrom<Name[]>(...names);

const write = fc.record({
  do: fc.constant("write" as const),
  contact,
  copy: fc.option(one(...copies), { freq: 3 }),
});
const people: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: write },
  { weight: 3, arbitrary: fc.record({ do: one("take-over", "hand-back", "speak"), contact }) },
  { weight: 4, arbitrary: fc.record({ do: one("approve", "edit", "reject", "withdraw"), draft }) },
  { weight: 2, arbitrary: fc.record({ do: one("suspend", "resume"), bot }) },
);
/** Lambdas' clocks differ by less than a lease is longer than its renewal. */
const tick: fc.Arbitrary<OtherTick> = fc.record({
  afterSeconds: fc.constantFrom(0, 50, 250),
  clockOffsetMs: fc.integer({ min: -20_000, max: 20_000 }),
});
const hub: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: one("poll"),
      bot,
      others: fc.array(tick, { maxLength: 2 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: one("work"), delivery: one("once", "again", "at-once") }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: one("work-slowly"), meanwhile: people, isLong: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: one("minute"), times: fc.integer({ min: 1, max: 2 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: one("wait"), seconds: fc.integer({ min: 1, max: 300 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: one("round") }) },
);
const troubles: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: one("hermes-leaves", "hermes-returns") }),
  fc.record({ do: one("expire", "log-in"), bot }),
);

/** Any step, the usual ones more often. */
export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: people },
  { weight: 5, arbitrary: hub },
  { weight: 2, arbitrary: troubles },
);
