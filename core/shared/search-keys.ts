const longestKey = 64;
const mostKeys = 60;
const han = /\p{Script=Han}/u;

/**
 * Lower-cased keys under which people find what bears these names: each name, each of its words, and
 * for Chinese, which has no spaces, what begins at each character. A search is a prefix of one.
 */
export function searchKeysOf(names: readonly (string | null | undefined)[]): string[] {
  const keys = new Set<string>();
  for (const name of names) {
    for (const key of keysOf(name ?? "")) keys.add(key.slice(0, longestKey));
  }
  return [...keys].slice(0, mostKeys);
}

/**
 * What a stored list of keys must hold so that one begins so, as a range that an index serves; null
 * for a search of nothing.
 */
export function searchPattern(query: string): { $elemMatch: { $gte: string; $lt: string } } | null {
  const wanted = wantedOf(query);
  return wanted === "" ? null : { $elemMatch: { $gte: wanted, $lt: `${wanted}\u{10ffff}` } };
}

/** Whether a search would find what bears these names, where they are at hand already. */
export function bearsName(names: readonly string[], query: string): boolean {
  const wanted = wantedOf(query);
  return wanted !== "" && searchKeysOf(names).some((key) => key.startsWith(wanted));
}

function wantedOf(query: string): string {
  return normal(query).slice(0, longestKey);
}

function normal(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
}

function keysOf(name: string): string[] {
  const whole = normal(name);
  if (whole === "") return [];
  const words = whole.split(/[\s\-_,.;:/@()]+/).filter((word) => word !== "");
  return [whole, ...words.flatMap(beginnings)];
}

function beginnings(word: string): string[] {
  if (!han.test(word)) return [word];
  const characters = Array.from(word);
  return characters.map((_, at) => characters.slice(at).join(""));
}
