import { describe, expect, it } from "vitest";
import { withSim } from "./sim-story.ts";

describe("waitFor", () => {
  it("resolves with the value, at once or after the change that brings it", async () => {
    const sim = await withSim();
    const first = sim.waitFor(({ users }) => users[0]?.name);
    sim.createUser({ name: "Li" });
    expect(await first).toBe("Li");
    expect(await sim.waitFor(() => sim.state().users.length)).toBe(1);
  });

  it("rejects after its time, with what the reader throws, and when the simulator stops", async () => {
    const sim = await withSim();
    await expect(sim.waitFor(() => false, 5)).rejects.toThrow(/not so within 5 ms/);
    const broken = () => {
      throw new Error("no such field");
    };
    await expect(sim.waitFor(broken)).rejects.toThrow(/no such field/);
    const waiting = Promise.allSettled([sim.waitFor(() => false)]);
    await sim.stop();
    expect(await waiting).toMatchObject([
      { status: "rejected", reason: { message: expect.stringContaining("the simulator stopped") } },
    ]);
  });
});

describe("two simulators with one seed", () => {
  it("give the same ids", async () => {
    const [one, other] = [await withSim({ seed: 11 }), await withSim({ seed: 11 })];
    expect(one.createUser()).toEqual(other.createUser());
    expect(one.createUser()).not.toEqual(one.createUser());
  });
});
