import { z } from "zod";
import { type EndpointName, endpointNames } from "./endpoints.ts";
import { SimError } from "./sim-error.ts";
import type { World } from "./world.ts";

const afterMs = z.int().nonnegative().default(0);
/** True: the call takes effect, and only its answer is spoilt. */
const commit = z.boolean().default(false);

/** What goes wrong: reference/ilink.md 3.8. */
export const FaultBehaviour = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("refuse"),
    ret: z.int().default(-2),
    errmsg: z.string().default(""),
  }),
  z.strictObject({ kind: z.literal("session-timeout"), afterMs }),
  z.strictObject({
    kind: z.literal("silent-drop"),
    answer: z
      .enum(["no-message-id", "empty-object", "empty-body", "with-message-id"])
      .default("no-message-id"),
  }),
  z.strictObject({ kind: z.literal("late"), deliverAfterMs: z.int().nonnegative() }),
  z.strictObject({ kind: z.literal("commit-then-disconnect") }),
  z.strictObject({ kind: z.literal("lost-in-flight") }),
  z.strictObject({
    kind: z.literal("http"),
    status: z.int().min(200).max(599).default(524),
    text: z.string().default("<html><body>gateway trouble</body></html>"),
    contentType: z.string().default("text/html"),
    afterMs,
    commit,
  }),
  z.strictObject({ kind: z.literal("html"), commit }),
  z.strictObject({ kind: z.literal("not-json"), commit }),
  z.strictObject({ kind: z.literal("empty-body"), commit }),
  z.strictObject({ kind: z.literal("hang"), commit }),
  z.strictObject({ kind: z.literal("drop-connection"), afterMs }),
  z.strictObject({ kind: z.literal("delay"), afterMs: z.int().nonnegative() }),
  z.strictObject({
    kind: z.literal("edit-answer"),
    set: z.record(z.string(), z.json()).default({}),
    omit: z.array(z.string()).default([]),
  }),
]);
export type FaultBehaviour = z.output<typeof FaultBehaviour>;

const onlyFor: Partial<Record<FaultBehaviour["kind"], EndpointName>> = {
  "silent-drop": "sendmessage",
  late: "sendmessage",
  "lost-in-flight": "getupdates",
};

export const FaultRule = z
  .strictObject({
    endpoint: z.enum([...endpointNames, "any"]),
    /** Only calls of this bot, or about this user. */
    botId: z.string().optional(),
    userId: z.string().optional(),
    /** The first matching call that is hit, counted from arming. */
    nth: z.int().positive().default(1),
    /** How many calls are hit; null never ends. */
    times: z.int().positive().nullable().default(1),
    probability: z.number().min(0).max(1).default(1),
    behaviour: FaultBehaviour,
  })
  .refine(({ endpoint, behaviour }) => (onlyFor[behaviour.kind] ?? endpoint) === endpoint, {
    error:
      "this behaviour belongs to one endpoint: silent-drop and late to sendmessage, lost-in-flight to getupdates",
  });
export type FaultRule = z.output<typeof FaultRule>;

export interface Fault {
  readonly faultId: string;
  readonly rule: FaultRule;
  /** Matching calls since it was armed. */
  seen: number;
  hits: number;
}

export interface FaultTarget {
  endpoint: EndpointName;
  botId: string | null;
  userId: string | null;
}

export function armFault(world: World, rule: FaultRule): string {
  const faultId = `fault-${world.nextNumber++}`;
  world.faults.set(faultId, { faultId, rule, seen: 0, hits: 0 });
  world.changes.notify();
  return faultId;
}

export function disarmFault(world: World, faultId: string): void {
  if (!world.faults.delete(faultId)) {
    throw new SimError("not-found", `No armed fault ${faultId}; it may be used up.`);
  }
  world.changes.notify();
}

/** The fault that hits this call, if any. Every matching rule counts the call. */
export function takeFault(world: World, target: FaultTarget): Fault | undefined {
  let taken: Fault | undefined;
  for (const fault of world.faults.values()) {
    if (!matches(fault.rule, target)) continue;
    fault.seen += 1;
    if (taken || fault.seen < fault.rule.nth || isUsedUp(fault)) continue;
    if (fault.rule.probability < 1 && world.random.next() >= fault.rule.probability) continue;
    taken = fault;
    // An empty answer cannot be lost: that fault is spent by the answer it spoils.
    if (fault.rule.behaviour.kind !== "lost-in-flight") spend(world, fault);
  }
  return taken;
}

export function spend(world: World, fault: Fault): void {
  fault.hits += 1;
  if (isUsedUp(fault)) world.faults.delete(fault.faultId);
  world.changes.notify();
}

function isUsedUp({ rule, hits }: Fault): boolean {
  return rule.times !== null && hits >= rule.times;
}

function matches(rule: FaultRule, { endpoint, botId, userId }: FaultTarget): boolean {
  if (rule.endpoint !== "any" && rule.endpoint !== endpoint) return false;
  if (rule.botId !== undefined && rule.botId !== botId) return false;
  return rule.userId === undefined || rule.userId === userId;
}
