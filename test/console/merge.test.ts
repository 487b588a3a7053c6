import { expect, test } from "vitest";
import { merge } from "#console/parts/merge.ts";

const page = (ids: string, nextCursor: string | null = null) => ({
  items: ids.split("").map((_id) => ({ _id, version: 1 })),
  nextCursor,
});

const idsOf = (pages: readonly { items: readonly { _id: string }[] }[]) =>
  pages.map(({ items }) => items.map(({ _id }) => _id).join(""));

test("a first page that is read again drops what has left the list", () => {
  expect(idsOf(merge([page("abc")], page("ac"), false))).toEqual(["ac"]);
});

test("what newer items push off the first page stays in sight, before the second", () => {
  const held = [page("abcd", "d"), page("efgh")];
  expect(idsOf(merge(held, page("xyab", "b"), false))).toEqual(["xyabcd", "efgh"]);
  expect(idsOf(merge(held, page("wxyz", "z"), false))).toEqual(["wxyzabcd", "efgh"]);
});

test("with more pages loaded, what has left the first one is dropped", () => {
  const held = [page("abcd", "d"), page("efgh")];
  expect(idsOf(merge(held, page("acde", "e"), false))).toEqual(["acde", "fgh"]);
});

test("news of what changed come first, and replace only what is older", () => {
  const held = [{ items: [{ _id: "a", version: 3 }], nextCursor: null }];
  const told = {
    items: [
      { _id: "a", version: 2 },
      { _id: "b", version: 1 },
    ],
    nextCursor: null,
  };
  expect(merge(held, told, true)[0]?.items).toEqual([
    { _id: "b", version: 1 },
    { _id: "a", version: 3 },
  ]);
});
