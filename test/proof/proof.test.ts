import { expect, test } from "vitest";
import { withDatabase } from "../with-database.ts";
import { noFindings } from "./check.ts";
import { stories } from "./all-stories.ts";
import { profiles, Sweep, type Point } from "./sweep.ts";
import { isWrong } from "./tally.ts";

const database = withDatabase();
/** So many deaths a run, others each day; `npm run proof` tries them all. */
const deaths = 10;
const dayMs = 86_400_000;

test("whichever call a function dies at, nothing is lost, doubled, out of order or stuck", async () => {
  const sweep = await Sweep.start({ uri: database.uri, name: `${database.name}_sweep` });
  const turn = Math.floor(Date.now() / dayMs);
  // Each story and profile comes again after so many days, with others of its calls.
  const round = Math.floor(turn / (stories.length * profiles.length));
  const story = stories[turn % stories.length];
  const profile = profiles[turn % profiles.length];
  if (!story || !profile) throw new Error("There is nothing to tell.");
  try {
    const points = await sweep.points(story, profile);
    expect(points.length).toBeGreaterThan(80);
    const every = Math.ceil(points.length / deaths);
    const wrong = [];
    for (const point of points.filter((_, at) => at % every === round % every)) {
      const outcome = await sweep.run(point, story, profile);
      if (isWrong(outcome)) wrong.push(outcome);
    }
    expect(wrong, `“${story.name}”, ${profile.cursor}/${profile.via}, day ${turn}`).toEqual([]);
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
