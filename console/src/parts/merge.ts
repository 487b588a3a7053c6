import type { ListPage } from "./use-live-list.ts";

export type Versioned = { _id: string; version?: number };

/**
 * The pages with the news in their places: a newer version replaces an older one, an older one
 * changes nothing, what is new comes first. A whole first page (`isChangesOnly` false) also drops
 * what is no longer on it; with more pages loaded, only what did not move on to the second.
 */
export function merge<T extends Versioned>(
  pages: readonly ListPage<T>[],
  news: ListPage<T>,
  isChangesOnly: boolean,
): ListPage<T>[] {
  const told = new Map(news.items.map((item) => [item._id, item]));
  const known = new Set(pages.flatMap((page) => page.items.map(({ _id }) => _id)));
  const renewed = pages.map((page) => ({
    ...page,
    items: page.items.map((item) => newerOf(item, told.get(item._id))),
  }));
  const [first, ...rest] = renewed;
  if (!first) return [news];
  const asOf = news.asOf === undefined ? {} : { asOf: news.asOf };
  if (isChangesOnly) {
    const added = news.items.filter(({ _id }) => !known.has(_id));
    return [{ ...first, ...asOf, items: [...added, ...first.items] }, ...rest];
  }
  const held = new Map(renewed.flatMap((page) => page.items.map((item) => [item._id, item])));
  const top = news.items.map((item) => held.get(item._id) ?? item);
  const onTop = new Set(told.keys());
  if (rest.length === 0) return [{ ...news, items: top }];
  const below = rest.map((page) => ({
    ...page,
    items: page.items.filter(({ _id }) => !onTop.has(_id)),
  }));
  return [{ ...first, ...asOf, items: [...top, ...movedDown(first.items, onTop)] }, ...below];
}

/** What newer items pushed off the first page: all that stood behind the last one still on it. */
function movedDown<T extends Versioned>(before: readonly T[], onTop: ReadonlySet<string>): T[] {
  const last = before.findLastIndex(({ _id }) => onTop.has(_id));
  return before.slice(last + 1);
}

function newerOf<T extends Versioned>(held: T, told: T | undefined): T {
  if (!told) return held;
  return (told.version ?? 0) >= (held.version ?? 0) ? told : held;
}
