import { z } from "@hono/zod-openapi";

/** A page of a list; `before` of the next page is `nextBefore`. */
export function pageOf<S extends z.ZodType>(item: S) {
  return z.object({ items: z.array(item), nextBefore: z.string().nullable() });
}

export const PageQuery = z.object({
  before: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** A page of a list in the console's form: `cursor` of the next page is `nextCursor`. */
export function listOf<S extends z.ZodType>(item: S) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable(), asOf: z.date() });
}

export const CursorQuery = z.object({
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** The page with the id that the next one goes on from. */
export function toPage<T extends { _id: string }>(items: T[], limit: number) {
  return { items, nextBefore: items.length === limit ? (items.at(-1)?._id ?? null) : null };
}
