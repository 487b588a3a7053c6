/** The one at this place of a list that begins anew at its end. */
export function at<T>(values: readonly T[], index: number): T {
  const value = values[index % values.length];
  if (value === undefined) throw new Error("There is nothing to choose from.");
  return value;
}
