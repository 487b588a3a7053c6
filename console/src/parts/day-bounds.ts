/**
 * When this day (`2026-11-22`) begins in the zone, and when it is over, as ISO moments; null for what
 * is no day.
 */
export function dayBounds(day: string, zone: string): { begins: string; ends: string } | null {
  const [year = Number.NaN, month = Number.NaN, date = Number.NaN] = day.split("-").map(Number);
  if (Number.isNaN(Date.UTC(year, month - 1, date))) return null;
  const begins = startOf(Date.UTC(year, month - 1, date), zone);
  const ends = startOf(Date.UTC(year, month - 1, date + 1), zone);
  return { begins: begins.toISOString(), ends: ends.toISOString() };
}

/** The moment that clocks in the zone show like this (`2026-11-22T09:30`), in ISO; null for what is none. */
export function momentOf(wall: string, zone: string): string | null {
  const wallMs = Date.parse(`${wall}Z`);
  return Number.isNaN(wallMs) ? null : startOf(wallMs, zone).toISOString();
}

/** What clocks in the zone show at this moment, to the minute; empty for what is no moment. */
export function wallOf(iso: string, zone: string): string {
  const atMs = Date.parse(iso);
  if (Number.isNaN(atMs)) return "";
  return new Date(atMs + aheadMs(atMs, zone)).toISOString().slice(0, 16);
}

/** The moment at which clocks in the zone show what UTC shows at `wallMs`. */
function startOf(wallMs: number, zone: string): Date {
  const guess = wallMs - aheadMs(wallMs, zone);
  // Clocks may have been moved between the two.
  return new Date(wallMs - aheadMs(guess, zone));
}

/** How far the zone's clocks are ahead of UTC at this moment. */
function aheadMs(atMs: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    timeZoneName: "longOffset",
  }).formatToParts(atMs);
  const name = parts.find(({ type }) => type === "timeZoneName")?.value ?? "GMT";
  const [, sign, hours = "0", minutes = "0"] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  const ms = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === "-" ? -ms : ms;
}
