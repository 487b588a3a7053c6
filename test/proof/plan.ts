import { stories } from "./all-stories.ts";
import { profiles, type Point, type Profile, type Sweep } from "./sweep.ts";

export type Planned = { point: Point; profile: Profile };

/**
 * Every point once, in the first story that passes it. What the cursor decides is tried with both
 * kinds of cursor, what Hermes decides with both ways to ask; the rest once.
 */
export async function planSweep(sweep: Sweep): Promise<Planned[]> {
  const planned: Planned[] = [];
  const known = new Set<string>();
  for (const profile of profiles) {
    for (const story of stories) {
      for (const point of await sweep.points(story, profile)) {
        const key = [point.of, point.site, point.when, relevant(point, profile)].join(" ");
        if (known.has(key)) continue;
        known.add(key);
        planned.push({ point, profile });
      }
    }
  }
  return planned;
}

function relevant({ of }: Point, { cursor, via }: Profile): string {
  if (of === "poll") return cursor;
  return of === "agent" ? via : "";
}
