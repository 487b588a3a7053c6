type JsonObject = Record<string, unknown>;

/** Far deeper than WeChat or Hermes go, and what MongoDB takes (100) holds it with our own around. */
const deepestKept = 40;

/**
 * What a record keeps of somebody else's JSON: the object itself, or its beginning as text where it
 * is too long, or of a form that a database refuses, so that one odd message cannot stop what is
 * stored with it. Give it nothing deeper than `isDeeperThan` lets pass at the edge.
 */
export function keepJson(value: JsonObject, longestChars: number): JsonObject {
  const json = JSON.stringify(value);
  if (json.length <= longestChars && !isDeeperThan(value, deepestKept) && !hasOddField(value)) {
    return value;
  }
  return { isCut: true, characters: json.length, beginning: json.slice(0, longestChars) };
}

/** Whether a value of JSON has more levels than that; a list or object is one more than its parts. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  let level = partsOf([value]);
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > levels) return true;
    level = partsOf(level.flatMap((each) => Object.values(each)));
  }
  return false;
}

function partsOf(values: readonly unknown[]): object[] {
  return values.filter((value): value is object => typeof value === "object" && value !== null);
}

/** BSON has no field with a NUL in its name, and `$` begins an operator. */
function hasOddField(value: object): boolean {
  return Object.entries(value).some(([name, part]: [string, unknown]) => {
    if (name.startsWith("$") || name.includes("\0")) return true;
    return typeof part === "object" && part !== null && hasOddField(part);
  });
}
