import { describe, expect, it, onTestFinished } from "vitest";
import { createClock } from "./clock.ts";

function frozenClock() {
  const clock = createClock(() => 1_000_000);
  onTestFinished(() => clock.stop());
  return clock;
}

describe("the virtual clock", () => {
  it("runs what falls due on the way, in order and at its time", () => {
    const clock = frozenClock();
    const seen: string[] = [];
    const note = (name: string) => () => seen.push(`${name} ${clock.offsetMs()}`);
    clock.after(300, note("late"));
    clock.after(100, () => {
      note("early")();
      clock.after(100, note("from early"));
    });
    clock.after(900, note("not yet"));
    clock.advance(500);
    expect(seen).toEqual(["early 100", "from early 200", "late 300"]);
    expect(clock.now()).toBe(1_000_500);
  });

  it("does not run what was cancelled", () => {
    const clock = frozenClock();
    const seen: string[] = [];
    const cancel = clock.after(10, () => seen.push("no"));
    cancel();
    clock.advance(100);
    expect(seen).toEqual([]);
  });

  it("runs by itself as real time passes", async () => {
    const clock = createClock();
    onTestFinished(() => clock.stop());
    const startedAt = clock.realNow();
    await new Promise<void>((resolve) => clock.after(20, resolve));
    expect(clock.realNow() - startedAt).toBeGreaterThanOrEqual(20);
  });
});
