import { checkBots } from "./bots-check.ts";
import type { Area, CheckLine, ToldLine } from "./check-line.ts";
import type { DoctorContext } from "./context.ts";
import { checkDatabase } from "./database-check.ts";
import { checkHermes } from "./hermes-check.ts";
import { checkOwnHermes } from "./own-hermes-check.ts";
import { checkQueues } from "./queue-check.ts";
import { checkSchedules } from "./schedules-check.ts";
import { hideSecrets } from "./secrets.ts";
import { checkSettings } from "./settings-check.ts";

export type DoctorReport = {
  /** Nothing failed; what was skipped was not looked at. */
  ok: boolean;
  passed: number;
  failed: number;
  skipped: number;
  checks: ToldLine[];
};

/** Looks at everything that the environment names; each area is told as soon as it is done. */
export async function runDoctor(
  context: DoctorContext,
  onArea: (area: Area, lines: readonly ToldLine[]) => void = () => {},
): Promise<DoctorReport> {
  const checks: ToldLine[] = [];
  const tell = (area: Area, lines: readonly CheckLine[]) => {
    const { env, where } = context;
    const shown = lines.map((line) => ({ ...hideSecrets(line, env), where }));
    checks.push(...shown);
    onArea(area, shown);
  };
  tell("settings", checkSettings(context.env));
  const database = await checkDatabase(context);
  try {
    tell("database", database.lines);
    tell("queue", await checkQueues(context));
    tell("schedules", await checkSchedules(context));
    tell("hermes", [
      ...(await checkHermes(context)),
      ...(await checkOwnHermes(context, database.db)),
    ]);
    tell("bots", await checkBots(database.db, context.clock));
  } finally {
    await database.close();
  }
  const count = (status: CheckLine["status"]) =>
    checks.filter((line) => line.status === status).length;
  const failed = count("fail");
  return { ok: failed === 0, passed: count("pass"), failed, skipped: count("skipped"), checks };
}
