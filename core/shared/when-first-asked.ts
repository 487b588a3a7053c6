/**
 * Makes something once, when it is first asked for: what a Lambda may never need must not slow its
 * start. A failure is not kept.
 */
export function whenFirstAsked<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = null;
      throw error;
    });
    return made;
  };
}
