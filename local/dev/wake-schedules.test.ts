import { expect, onTestFinished, test } from "vitest";
import { wakeNewSchedules } from "./wake-schedules.ts";

test("each schedule fires once as soon as it is there, and again when it was made anew", async () => {
  const fired: string[] = [];
  const retry = { groupName: "default", name: "retry" };
  const poll = { groupName: "default", name: "poll-1" };
  let present = [retry];
  let looks = 0;
  const waking = wakeNewSchedules({
    schedules() {
      looks += 1;
      return present;
    },
    fire: (name) => void fired.push(name),
  });
  onTestFinished(() => waking.stop());
  const nextLook = () => {
    const next = looks + 1;
    return expect.poll(() => looks, { timeout: 5_000 }).toBeGreaterThanOrEqual(next);
  };
  expect(fired).toEqual(["retry"]);
  present = [retry, poll];
  await nextLook();
  await nextLook();
  expect(fired).toEqual(["retry", "poll-1"]);
  present = [retry];
  await nextLook();
  present = [retry, poll];
  await nextLook();
  expect(fired).toEqual(["retry", "poll-1", "poll-1"]);
});
