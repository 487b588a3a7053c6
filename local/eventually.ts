import { setTimeout as wait } from "node:timers/promises";

/**
 * Asks until something is found, and gives it. Throws after `timeoutMs`, naming what was waited for
 * and the last error.
 */
export async function eventually<T>(
  what: string,
  find: () => Promise<T | null>,
  timeoutMs = 60_000,
): Promise<T> {
  const until = performance.now() + timeoutMs;
  let lastError: unknown;
  for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 1.5, 250)) {
    try {
      const found = await find();
      if (found !== null) return found;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() > until) {
      throw new Error(`Not within ${timeoutMs / 1000} s: ${what}`, { cause: lastError });
    }
    await wait(pauseMs);
  }
}
