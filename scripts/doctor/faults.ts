import { groundFaults } from "./ground-faults.ts";
import { hermesFaults } from "./hermes-faults.ts";

/** What happened or what it means, and what to do about it. */
export type Fault = { cause: string; cure: string };

/** Every fault that the doctor knows by name; docs/hermes.md has the same table. */
export const faults = { ...groundFaults, ...hermesFaults } satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;
