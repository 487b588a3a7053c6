/** One of the values in turn. */
export function at<T>(values: readonly T[], index: number): T {
  const value = values[index % values.length];
  if (value === undefined) throw new Error("There is nothing to choose from.");
  return value;
}
