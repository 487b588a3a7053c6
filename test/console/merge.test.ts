import { expect, test } from "vitest";
import { mergeChanges, mergeTop } from "#console/parts/merge.ts";

const page = (ids: string, nextCursor: string | null = null) => ({
  items: ids.split("").map((_id) => ({ _id, version: 1 })),
  nextCursor,
});

const idsOf = (pages: readonly { items: readonly { _id: string }[] }[]) =>
  pages.map(({ items }) => items.map(({ _id }) => _id).join(""));

test("a first page that is read again drops what has left the list", () => {
  expect(idsOf(mergeTop([page("abc")], page("ac")))).toEqual(["ac"]);
});

test("what newer items push off the first page stays in sight, before the second", () => {
  const held = [page("abcd", "d"), page("efgh")];
  expect(idsOf(mergeTop(held, page("xyab", "b")))).toEqual(["xyabcd", "efgh"]);
  expect(idsOf(mergeTop(held, page("wxyz", "z")))).toEqual(["wxyzabcd", "efgh"]);
});

test("with more pages loaded, what has left the first one is dropped", () => {
  const held = [page("abcd", "d"), page("efgh")];
  expect(idsOf(mergeTop(held, page("acde", "e")))).toEqual(["acde", "fgh"]);
});

test("what changed replaces only what is older, in its place, and adds nothing", () => {
  const held = [
    { items: [{ _id: "a", version: 3 }], nextCursor: "a" },
    { items: [{ _id: "b", version: 1 }], nextCursor: null },
  ];
  const changed = [
    { _id: "a", version: 2 },
    { _id: "b", version: 2 },
    { _id: "c", version: 1 },
  ];
  expect(mergeChanges(held, changed).map(({ items }) => items)).toEqual([
    [{ _id: "a", version: 3 }],
    [{ _id: "b", version: 2 }],
  ]);
});
