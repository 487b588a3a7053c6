import type { ListPage } from "./use-live-list.ts";

export type Versioned = { _id: string; version?: number };

/**
 * The pages with a first page that was read again: a newer version replaces an older one, an older one
 * changes nothing, what is new comes first, and what is no longer on the first page is dropped; with
 * more pages loaded, only what did not move on to the second.
 */
export function mergeTop<T extends Versioned>(
  pages: readonly ListPage<T>[],
  news: ListPage<T>,
): ListPage<T>[] {
  const [first, ...rest] = mergeChanges(pages, news.items);
  if (!first) return [news];
  const held = new Map(
    [first, ...rest].flatMap(({ items }) => items.map((item) => [item._id, item])),
  );
  const top = news.items.map((item) => held.get(item._id) ?? item);
  if (rest.length === 0) return [{ ...news, items: top }];
  const onTop = new Set(top.map(({ _id }) => _id));
  const below = rest.map((page) => ({
    ...page,
    items: page.items.filter(({ _id }) => !onTop.has(_id)),
  }));
  return [{ ...first, items: [...top, ...movedDown(first.items, onTop)] }, ...below];
}

/** The pages with newer versions in the places of what they hold; what they do not hold stays out. */
export function mergeChanges<T extends Versioned>(
  pages: readonly ListPage<T>[],
  changed: readonly T[],
): ListPage<T>[] {
  const told = new Map(changed.map((item) => [item._id, item]));
  return pages.map((page) => ({
    ...page,
    items: page.items.map((item) => newerOf(item, told.get(item._id))),
  }));
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
