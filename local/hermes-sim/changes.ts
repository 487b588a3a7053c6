/** Tells waiters that something changed, so that nobody has to poll. */
export class Changes {
  readonly #listeners = new Set<() => void>();

  notify(): void {
    for (const listener of this.#listeners) listener();
  }

  /**
   * Resolves as soon as `isTrue` holds; it is asked now and after each change.
   * Rejects with what was waited for when `timeoutMs` pass, or with what `isTrue` threw.
   */
  waitFor(isTrue: () => boolean, timeoutMs: number, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        try {
          if (isTrue()) finish(resolve);
        } catch (error) {
          finish(() => reject(error));
        }
      };
      const timer = setTimeout(() => {
        finish(() => reject(new Error(`Waited ${timeoutMs} ms in vain for: ${what}`)));
      }, timeoutMs);
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        this.#listeners.delete(check);
        settle();
      };
      this.#listeners.add(check);
      check();
    });
  }
}
