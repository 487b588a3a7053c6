import { vi } from "vitest";

/** Waits until a check passes, as long as a busy machine may need; for tests only. */
export function soon<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 15_000, interval: 20 });
}
