import { answerOf, api, listOf } from "#console/client/api.ts";

/** The tiles, who needs a person now, and the first steps; the api keeps them for some seconds. */
export function readOverview() {
  return answerOf(api.statistics.overview.$get());
}
export type Overview = Awaited<ReturnType<typeof readOverview>>;
export type Need = Overview["needsYou"][number];

export const ranges = ["24h", "7d"] as const;
export type Range = (typeof ranges)[number];

/** What came in and what became of it, hour by hour, the oldest first. */
export function readSeries(range: Range) {
  return listOf(answerOf(api.statistics.series.$get({ query: { range } })));
}
export type Hour = Awaited<ReturnType<typeof readSeries>>["items"][number];
