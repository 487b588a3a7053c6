import { ListSchedulesCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { settingSlices } from "#core/settings/settings.ts";
import { awsError, awsFault, awsOptions, deadlineOf } from "./aws.ts";
import { linesOf, type CheckLine } from "./check-line.ts";
import { settingOf, type DoctorContext } from "./context.ts";

const { pass, fail, skip } = linesOf("schedules");
const name = "group";

/** The group that the accounts' schedules are made in, and whether we may look into it. */
export async function checkSchedules(context: DoctorContext): Promise<CheckLine[]> {
  const { env } = context;
  const functionArn = settingOf(env, "POLL_FUNCTION_ARN");
  if (functionArn === undefined) {
    const hint = " and AWS_ENDPOINT_URL_SCHEDULER for npm run dev's; a deployment sets it itself";
    return [skip(name, `set POLL_FUNCTION_ARN, SCHEDULE_GROUP${hint}`)];
  }
  const group = settingSlices.schedules.shape.SCHEDULE_GROUP.parse(
    settingOf(env, "SCHEDULE_GROUP"),
  );
  const client = new SchedulerClient(awsOptions(env, "SCHEDULER", functionArn));
  try {
    const command = new ListSchedulesCommand({ GroupName: group, MaxResults: 100 });
    const { Schedules = [], NextToken } = await client.send(command, deadlineOf(context));
    const count = `${Schedules.length}${NextToken ? " or more" : ""}`;
    return [pass(name, `group ${group}: ${count} schedules`)];
  } catch (error) {
    return [fail(name, awsFault(error), `group ${group}: ${awsError(error)}`)];
  } finally {
    client.destroy();
  }
}
