import { RequestError } from "#core/shared/errors.ts";

/** Does something with each of many; a refusal concerns that one only. Throws what is no refusal. */
export async function eachOf<T extends { _id: string }>(
  items: readonly T[],
  act: (item: T) => Promise<unknown>,
) {
  const results = [];
  for (const item of items) {
    try {
      await act(item);
      results.push({ id: item._id, done: true, error: null });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      const { code, message } = error;
      results.push({ id: item._id, done: false, error: { code, message } });
    }
  }
  return results;
}
