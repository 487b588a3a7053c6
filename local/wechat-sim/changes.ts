/** Tells who waits that the simulator's state is another one now. */
export interface Changes {
  notify(): void;
  /** Calls back after every change; returns how to stop. */
  subscribe(listener: () => void): () => void;
  /**
   * Resolves with the first truthy value of `read`, which is asked now and after every change.
   * Rejects after `timeoutMs` of real time, or when the simulator stops.
   */
  waitFor<T>(read: () => T, timeoutMs: number): Promise<Truthy<T>>;
  stop(): void;
}
export type Truthy<T> = Exclude<T, false | null | undefined | 0 | "">;

export function createChanges(): Changes {
  const listeners = new Set<() => void>();
  const stoppers = new Set<() => void>();
  let announced = false;

  function notify() {
    if (announced) return;
    announced = true;
    queueMicrotask(() => {
      announced = false;
      for (const listener of listeners) listener();
    });
  }

  function subscribe(listener: () => void) {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }

  return {
    notify,
    subscribe,
    waitFor: (read, timeoutMs) =>
      new Promise((resolve, reject) => {
        const finish = (settle: () => void) => {
          clearTimeout(timeout);
          unsubscribe();
          stoppers.delete(stopped);
          settle();
        };
        const fail = (why: string) => finish(() => reject(new Error(`waitFor: ${why}`)));
        const stopped = () => fail("the simulator stopped");
        const check = () => {
          try {
            const value = read();
            if (isTruthy(value)) finish(() => resolve(value));
          } catch (cause) {
            finish(() => reject(cause));
          }
        };
        const timeout = setTimeout(() => fail(`not so within ${timeoutMs} ms`), timeoutMs);
        const unsubscribe = subscribe(check);
        stoppers.add(stopped);
        check();
      }),
    stop() {
      for (const stopped of stoppers) stopped();
      listeners.clear();
    },
  };
}

function isTruthy<T>(value: T): value is Truthy<T> {
  return Boolean(value);
}
