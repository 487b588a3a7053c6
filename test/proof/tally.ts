import type { Outcome } from "./sweep.ts";

export type Tally = {
  points: number;
  runs: number;
  lost: number;
  duplicated: number;
  outOfOrder: number;
  stuck: number;
  /** Texts that WeChat had handed out and nobody had stored: no client can close this gap. */
  lostInFlight: number;
  /** Points that the story did not come to again, though it was told three times. */
  unreached: number;
  profiles: string[];
};

/** What a sweep found, in numbers. */
export function tallyOf(outcomes: readonly Outcome[]): Tally {
  const count = (kind: keyof Outcome["findings"]) =>
    outcomes.reduce((sum, { findings }) => sum + findings[kind].length, 0);
  return {
    points: new Set(outcomes.map(({ point }) => JSON.stringify(point))).size,
    runs: outcomes.length,
    lost: count("lost"),
    duplicated: count("duplicated"),
    outOfOrder: count("outOfOrder"),
    stuck: count("stuck"),
    lostInFlight: count("lostInFlight"),
    unreached: outcomes.filter(({ died }) => !died).length,
    profiles: [...new Set(outcomes.map(({ profile }) => `${profile.cursor}/${profile.via}`))],
  };
}

/** Whether something is wrong that the hub could have prevented. */
export function isWrong({ findings }: Outcome): boolean {
  const { lost, duplicated, outOfOrder, stuck } = findings;
  return [lost, duplicated, outOfOrder, stuck].some(({ length }) => length > 0);
}
