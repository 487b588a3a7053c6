import { expect, test } from "vitest";
import { editRows, withoutRows } from "#console/parts/edit-rows.ts";

const page = { items: [{ _id: "a" }, { _id: "b" }], nextCursor: null };
const pages = {
  pages: [page, { items: [{ _id: "c" }], nextCursor: null }],
  pageParams: [null, "b"],
};

test("rows leave a list on whatever page they stand, and the first page as it was read last", () => {
  expect(withoutRows(pages, ["a", "c"])).toEqual({
    ...pages,
    pages: [
      { items: [{ _id: "b" }], nextCursor: null },
      { items: [], nextCursor: null },
    ],
  });
  expect(withoutRows(page, ["b"])).toEqual({ ...page, items: [{ _id: "a" }] });
});

test("rows are shown as they will be, and what is kept stays as it is", () => {
  const before = structuredClone(page);
  const shown = editRows<{ _id: string; status?: string }>(page, (row) =>
    row._id === "a" ? { ...row, status: "approved" } : row,
  );
  expect(shown).toEqual({ ...page, items: [{ _id: "a", status: "approved" }, { _id: "b" }] });
  expect(page).toEqual(before);
});
