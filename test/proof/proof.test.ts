import { expect, test } from "vitest";
import { withDatabase } from "../with-database.ts";
import { noFindings } from "./check.ts";
import { planSweep, sampleOf } from "./plan.ts";
import { stories } from "./stories.ts";
import { Sweep, type Point } from "./sweep.ts";
import { isWrong } from "./tally.ts";

const database = withDatabase();
/** All points are seen within this many days; `npm run proof` sees them at once. */
const days = 14;
const dayMs = 86_400_000;

test("whichever call a function dies at, nothing is lost, doubled, out of order or stuck", async () => {
  const sweep = await Sweep.start({ uri: database.uri, name: `${database.name}_sweep` });
  try {
    const planned = await planSweep(sweep);
    const turn = Math.floor(Date.now() / dayMs) % days;
    const wrong = [];
    for (const { point, profile } of sampleOf(planned, turn, days)) {
      const outcome = await sweep.run(point, storyOf(point), profile);
      if (isWrong(outcome)) wrong.push(outcome);
    }
    expect(wrong, `part ${turn} of ${days}`).toEqual([]);
    expect(planned.length).toBeGreaterThan(250);
  } finally {
    await sweep.stop();
  }
}, 600_000);

test("the check finds what is wrong", async () => {
  const sweep = await Sweep.start({ uri: database.uri, name: `${database.name}_broken` });
  const [story] = stories.filter(({ name }) => name === "questions and answers");
  if (!story) throw new Error("There is no such story.");
  try {
    const broken = {
      name: story.name,
      tell: async (world: Parameters<typeof story.tell>[0]) => {
        const expected = await story.tell(world);
        await world.db.collection("agent_runs").updateOne({}, { $set: { messageIds: ["gone"] } });
        return expected.map((each) => ({
          ...each,
          reads: ["never said", ...each.reads.toReversed()],
        }));
      },
    };
    const nowhere: Point = { of: "api", site: "nowhere", when: "before", story: story.name };
    const { findings } = await sweep.run(nowhere, broken, { cursor: "replay", via: "chat" });
    expect(findings.lost).toContain("not on the phone: never said");
    expect(findings.lost).toContain("message in no run");
    expect(findings.outOfOrder).toHaveLength(1);
    expect(findings).not.toEqual(noFindings());
  } finally {
    await sweep.stop();
  }
}, 120_000);

function storyOf({ story }: Point) {
  const found = stories.find(({ name }) => name === story);
  if (!found) throw new Error(`There is no story ${story}.`);
  return found;
}
