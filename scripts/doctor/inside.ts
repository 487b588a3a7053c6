import { settingsSource } from "#functions/shared/settings-source.ts";
import { thisMachine } from "./context.ts";
import { runDoctor, type DoctorReport } from "./run-doctor.ts";

/** What the doctor finds inside a deployed function: its own settings, secrets, rights and network. */
export function runDoctorInside(): Promise<DoctorReport> {
  return runDoctor(thisMachine(settingsSource(process.env)));
}
