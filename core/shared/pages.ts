import { z } from "zod";
import { RequestError } from "./errors.ts";

/** Where a page of a list ended: the sort value of its last item and the item's id. */
export type Place = { at: Date; id: string };

/** The latest time that a date can be, in milliseconds. */
const latestMs = 8.64e15;

const Cursor = z.tuple([z.number().int().min(0).max(latestMs), z.string().min(1).max(128)]);

/** A place as the opaque text by which the next page is asked for. */
export function cursorOf({ at, id }: Place): string {
  return Buffer.from(JSON.stringify([at.getTime(), id])).toString("base64url");
}

/** Throws RequestError `request.cursor` for a text that is no cursor of ours. */
export function placeOf(cursor: string): Place {
  const parsed = Cursor.safeParse(jsonOf(cursor));
  if (!parsed.success) {
    throw new RequestError(
      "invalid",
      "request.cursor",
      "This is no cursor of a page before. Begin again without one.",
    );
  }
  const [at, id] = parsed.data;
  return { at: new Date(at), id };
}

function jsonOf(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    // Whatever is no JSON is no cursor either; the caller says so.
    return null;
  }
}
