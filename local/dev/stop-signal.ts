export type StopSignal = {
  /** Resolves with why: a signal's name, or that nobody reads our output any more. */
  readonly came: Promise<string>;
  readonly hasCome: () => boolean;
};

/** npm passes on what the terminal has sent us already; that is no second wish. */
const SAME_WISH_MS = 1_000;

/** Hears Ctrl-C and its kin; a second one, later, ends the process at once. */
export function listenForStop(): StopSignal {
  const { promise, resolve } = Promise.withResolvers<string>();
  let firstAt: number | null = null;
  const hear = (why: string) => {
    if (firstAt === null) {
      firstAt = performance.now();
      resolve(why);
    } else if (performance.now() - firstAt > SAME_WISH_MS) process.exit(130);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => hear(signal));
  }
  // The terminal is gone, or `| head` has seen enough; what is written from now on fails as well.
  process.stdout.on("error", () => {
    if (firstAt === null) hear("Nobody reads this output");
  });
  return { came: promise, hasCome: () => firstAt !== null };
}
