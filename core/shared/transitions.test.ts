import { describe, expect, test } from "vitest";
import { InvariantError } from "./errors.ts";
import { allowedFrom, statusesBefore, type Transitions } from "./transitions.ts";

const door: Transitions<"open" | "shut" | "locked"> = {
  open: ["shut"],
  shut: ["open", "locked"],
  locked: ["shut"],
};

describe("a table of transitions", () => {
  test("tells from where a status is reached", () => {
    expect(statusesBefore(door, "shut")).toEqual(["open", "locked"]);
    expect(statusesBefore(door, "locked")).toEqual(["shut"]);
  });

  test("lets an edge through that it has", () => {
    expect(allowedFrom(door, ["open", "locked"], "shut")).toEqual(["open", "locked"]);
  });

  test("calls one that it has not a bug, even among good ones", () => {
    expect(() => allowedFrom(door, ["shut", "open"], "locked")).toThrow(InvariantError);
  });
});
