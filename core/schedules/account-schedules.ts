import type { CreateScheduleCommandInput, SchedulerClient } from "@aws-sdk/client-scheduler";
import type { Settings } from "#core/settings/settings.ts";
import { whenFirstAsked } from "#core/shared/when-first-asked.ts";

export type AccountSchedules = {
  /** The account's schedule fires each minute from now on. */
  put(accountId: string): Promise<void>;
  /** The account's schedule is gone. */
  remove(accountId: string): Promise<void>;
};

export type PresentSchedules = {
  /** The accounts that have a schedule. */
  list(): Promise<string[]>;
};

/**
 * One EventBridge schedule per polling account, made at run time. Both verbs can be repeated:
 * create falls back to an update with the whole wanted state, since UpdateSchedule resets what it is
 * not told (reference/aws.md 1), and delete takes "not there" for done.
 */
export function createAccountSchedules(
  settings: Settings["schedules"],
  given?: SchedulerClient,
): AccountSchedules & PresentSchedules {
  const scheduler = whenFirstAsked(async () => {
    const sdk = await import("@aws-sdk/client-scheduler");
    return { ...sdk, client: given ?? new sdk.SchedulerClient({}) };
  });
  return {
    async put(accountId) {
      const { client, ConflictException, CreateScheduleCommand, UpdateScheduleCommand } =
        await scheduler();
      const wanted = wantedSchedule(settings, accountId);
      try {
        await client.send(new CreateScheduleCommand(wanted));
      } catch (error) {
        if (!(error instanceof ConflictException)) throw error;
        await client.send(new UpdateScheduleCommand(wanted));
      }
    },

    async remove(accountId) {
      const { client, DeleteScheduleCommand, ResourceNotFoundException } = await scheduler();
      try {
        await client.send(
          new DeleteScheduleCommand({
            Name: scheduleName(accountId),
            GroupName: settings.SCHEDULE_GROUP,
          }),
        );
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) throw error;
      }
    },

    async list() {
      const { client, paginateListSchedules } = await scheduler();
      const accountIds: string[] = [];
      const asked = { GroupName: settings.SCHEDULE_GROUP, NamePrefix: prefix };
      for await (const { Schedules = [] } of paginateListSchedules({ client }, asked)) {
        for (const { Name } of Schedules) if (Name) accountIds.push(Name.slice(prefix.length));
      }
      return accountIds;
    },
  };
}

const prefix = "poll-";

export function scheduleName(accountId: string): string {
  return `${prefix}${accountId}`;
}

function wantedSchedule(
  settings: Settings["schedules"],
  accountId: string,
): CreateScheduleCommandInput {
  return {
    Name: scheduleName(accountId),
    GroupName: settings.SCHEDULE_GROUP,
    ScheduleExpression: "rate(1 minute)",
    FlexibleTimeWindow: { Mode: "OFF" },
    State: "ENABLED",
    Target: {
      Arn: settings.POLL_FUNCTION_ARN,
      RoleArn: settings.SCHEDULE_ROLE_ARN,
      Input: JSON.stringify({ accountId, scheduledAt: "<aws.scheduler.scheduled-time>" }),
      // A late wake-up has no value: the next one is a minute away.
      RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
      ...(settings.SCHEDULE_DEAD_LETTER_ARN
        ? { DeadLetterConfig: { Arn: settings.SCHEDULE_DEAD_LETTER_ARN } }
        : {}),
    },
  };
}
