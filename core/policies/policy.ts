import { z } from "zod";
import { Hours, isWithin } from "./hours.ts";

/** What an account may answer alone. A run keeps the policy as it was when the run began. */
export const Policy = z.object({
  _id: z.string(),
  name: z.string(),
  mode: z.enum(["auto", "manual-review", "off"]),
  requiresHumanReview: z.boolean(),
  /** How long after a contact's last message its burst is taken for complete. */
  debounceSeconds: z.number().min(0).max(15),
  /** An older message goes to review, since an answer may no longer fit. */
  maxAnswerAgeMinutes: z.number().int().min(1),
  /** Whether a voice message that carries WeChat's own transcript is answered. */
  answerVoice: z.boolean(),
  memory: z.enum(["conversation", "none"]),
  /** What a contact reads when Hermes is away; absent: the hub's own words. */
  noticeText: z.string().optional(),
  /** How long a contact waits for one of Hermes' places before it is told so, once. */
  busyNoticeSeconds: z.number().int().min(1).default(300),
  /** What it then reads; absent: the hub's own words. */
  busyNoticeText: z.string().optional(),
  /** Questions that Hermes is asked in one UTC day; what comes beyond waits for a person. */
  maxRunsPerContactPerDay: z.number().int().min(1).default(100),
  maxRunsPerAccountPerDay: z.number().int().min(1).default(2000),
  /** By which words the rest of a long answer is offered, and what a contact may answer to that. */
  continueText: z.string().optional(),
  continueWords: z.array(z.string()).optional(),
  /** Outside of these hours a person must look; absent: around the clock. */
  hours: Hours.optional(),
  version: z.number().int(),
});

export type Policy = z.infer<typeof Policy>;

export const defaultPolicyId = "auto";

const common = {
  debounceSeconds: 2,
  maxAnswerAgeMinutes: 12 * 60,
  answerVoice: false,
  memory: "conversation",
  busyNoticeSeconds: 300,
  maxRunsPerContactPerDay: 100,
  maxRunsPerAccountPerDay: 2000,
  version: 1,
} as const;

/** There from the start; `auto` is what a new account gets. */
export const builtInPolicies: readonly Policy[] = [
  { _id: "auto", name: "auto", mode: "auto", requiresHumanReview: false, ...common },
  {
    _id: "manual-review",
    name: "manual-review",
    mode: "manual-review",
    requiresHumanReview: true,
    ...common,
  },
  { _id: "off", name: "off", mode: "off", requiresHumanReview: false, ...common },
];

/** The brief's words, sent once while Hermes is away (reference/brief.txt). */
export const awayNotice =
  "Message received. Currently, the Agent cannot connect temporarily. I will queue this message first, and continue processing and reply after the connection is restored.";

/** Sent once when a contact waits long for one of Hermes' places. */
export const busyNotice =
  "Message received. Many people are writing right now. I will reply as soon as it is your turn.";

/** Whether the policy itself asks for a person's yes at this moment. */
export function asksForPerson(policy: Policy, now: Date): boolean {
  return policy.requiresHumanReview || (policy.hours !== undefined && !isWithin(policy.hours, now));
}

/** Whether what Hermes wrote needs a person's yes before it goes out. */
export function needsReview(policy: Policy, oldestMessageAt: Date, now: Date): boolean {
  const ageMinutes = (now.getTime() - oldestMessageAt.getTime()) / 60_000;
  return asksForPerson(policy, now) || ageMinutes > policy.maxAnswerAgeMinutes;
}
