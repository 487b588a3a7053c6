import { thisMachine, type DoctorContext } from "./context.ts";
import type { CheckLine } from "./check-line.ts";

/** The doctor on the host itself, with no other setting than these and little patience. */
export function testContext(
  env: Record<string, string>,
  changed: Partial<DoctorContext> = {},
): DoctorContext {
  return {
    ...thisMachine(env),
    isInContainer: false,
    waitsMs: { connect: 400, read: 2_000, database: 400, aws: 2_000 },
    ...changed,
  };
}

/** Which lines failed and with what, such as `key: wrong_key`. */
export function faultsIn(lines: readonly CheckLine[]): string[] {
  return lines.flatMap(({ name, fault }) => (fault === undefined ? [] : [`${name}: ${fault}`]));
}

export function statusOf(lines: readonly CheckLine[], name: string): string | undefined {
  return lines.find((line) => line.name === name)?.status;
}
