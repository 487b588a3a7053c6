import type { Clock } from "#core/shared/clock.ts";

/**
 * Keeps what was read for some time, so that many open pages cost as few statements as one. Those
 * who ask at the same moment share one reading; one that failed is not kept.
 */
export function createMemory<T>(clock: Clock, lifeMs: number) {
  const kept = new Map<string, { readAt: number; value: Promise<T> }>();
  return {
    get(key: string, read: () => Promise<T>): Promise<T> {
      const now = clock.now().getTime();
      const known = kept.get(key);
      if (known && now - known.readAt < lifeMs) return known.value;
      for (const [other, { readAt }] of kept) if (now - readAt >= lifeMs) kept.delete(other);
      const value = read();
      kept.set(key, { readAt: now, value });
      value.catch(() => {
        if (kept.get(key)?.value === value) kept.delete(key);
      });
      return value;
    },

    /** What is asked for next is read anew. */
    forget(): void {
      kept.clear();
    },
  };
}
