import { queueFigures, scheduleFigures } from "./figures.ts";
import { agent, poll, retry } from "./functions.ts";
import { agentQueue, scheduleDeadLetters } from "./queues.ts";
import { mayWake, pollScheduleRole, scheduleGroup, scheduleRole } from "./schedules.ts";
import { stageSettings } from "./settings.ts";

// The accounts' schedules are made at run time, with this right.
mayWake("PollSchedulePolicy", pollScheduleRole, poll);

const retryScheduleRole = scheduleRole("RetryScheduleRole");

export const retrySchedule = new aws.scheduler.Schedule(
  "RetrySchedule",
  {
    name: "retry",
    groupName: scheduleGroup.name,
    scheduleExpression: "rate(1 minute)",
    flexibleTimeWindow: { mode: "OFF" },
    target: {
      arn: retry.arn,
      roleArn: retryScheduleRole.arn,
      retryPolicy: {
        maximumRetryAttempts: scheduleFigures.maxRetryAttempts,
        maximumEventAgeInSeconds: scheduleFigures.maxEventAgeSeconds,
      },
      deadLetterConfig: { arn: scheduleDeadLetters.arn },
    },
  },
  { dependsOn: [mayWake("RetrySchedulePolicy", retryScheduleRole, retry)] },
);

agentQueue.subscribe(agent.arn, {
  batch: { size: queueFigures.batchSize, partialResponses: true },
  transform: {
    eventSourceMapping: {
      scalingConfig: {
        maximumConcurrency: stageSettings.hermesPlaces + queueFigures.placesBesideHermes,
      },
    },
  },
});

// The agent Lambda pushes the job that goes on with its own; after 16 of these in a row Lambda would
// take it for a runaway and drop the job (reference/aws.md 2).
export const agentRecursion = new aws.lambda.FunctionRecursionConfig("AgentRecursion", {
  functionName: agent.name,
  recursiveLoop: "Allow",
});
