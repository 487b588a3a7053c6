import type { Via } from "./play.ts";
import type { Step } from "./steps.ts";

/** What random steps once found, shrunk, and what must not be left to chance. */
export const kept: readonly { name: string; via: Via; steps: readonly Step[] }[] = [
  {
    name: "a person takes over while Hermes is at work, and a job comes to two Lambdas at once",
    via: "chat",
    steps: [
      { do: "write", contact: 0, copy: "new-id" },
      { do: "write", contact: 1, copy: null },
      {
        do: "poll",
        bot: 0,
        others: [
          { afterSeconds: 0, clockOffsetMs: 20_000 },
          { afterSeconds: 250, clockOffsetMs: -20_000 },
        ],
      },
      { do: "work-slowly", meanwhile: { do: "take-over", contact: 0 }, isLong: true },
      { do: "speak", contact: 0 },
      { do: "work", delivery: "at-once" },
      { do: "minute", times: 2 },
    ],
  },
  {
    name: "a draft is edited, withdrawn and approved around a suspension and a new login",
    via: "runs",
    steps: [
      { do: "write", contact: 2, copy: null },
      { do: "round" },
      { do: "edit", draft: 0 },
      { do: "withdraw", draft: 0 },
      { do: "suspend", bot: 1 },
      { do: "write", contact: 2, copy: "same-id" },
      { do: "approve", draft: 0 },
      { do: "round" },
      { do: "resume", bot: 1 },
      { do: "expire", bot: 1 },
      { do: "log-in", bot: 1 },
    ],
  },
];
