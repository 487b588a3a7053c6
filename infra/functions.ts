import { functionFigures } from "./figures.ts";
import { router } from "./api.ts";
import { hubFunction } from "./hub-function.ts";
import { agentDeadLetters, agentQueue, scheduleDeadLetters } from "./queues.ts";
import { mayListSchedules, mayRunPolling, pollScheduleRole, scheduleGroup } from "./schedules.ts";

const toAgent = { actions: ["sqs:SendMessage"], resources: [agentQueue.arn] };

/** One at work for every 50 polling accounts, around the clock. */
export const poll = hubFunction("poll", {
  description: "Holds the long polls of up to 50 accounts, and watches logins",
  given: { AGENT_QUEUE_URL: agentQueue.url },
  permissions: [toAgent],
  asynchronous: true,
});

/** One at work for every answer that Hermes thinks about. */
export const agent = hubFunction("agent", {
  description: "Works one conversation's job off: asks Hermes, sends to WeChat",
  given: { AGENT_QUEUE_URL: agentQueue.url },
  permissions: [
    toAgent,
    {
      actions: [
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:ChangeMessageVisibility",
        "sqs:GetQueueAttributes",
      ],
      resources: [agentQueue.arn],
    },
  ],
});

const here = {
  PUBLIC_URL: router.url,
  SCHEDULE_GROUP: scheduleGroup.name,
  SCHEDULE_ROLE_ARN: pollScheduleRole.arn,
  SCHEDULE_DEAD_LETTER_ARN: scheduleDeadLetters.arn,
  POLL_FUNCTION_ARN: poll.arn,
};

/** Up to a minute of each minute. */
export const retry = hubFunction("retry", {
  description: "Each minute: keeps the promises that the others could not",
  given: {
    ...here,
    AGENT_QUEUE_URL: agentQueue.url,
    DEAD_LETTER_QUEUE_URL: agentDeadLetters.url,
  },
  permissions: [
    toAgent,
    { actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage"], resources: [agentDeadLetters.arn] },
    ...mayRunPolling(poll),
    mayListSchedules,
  ],
  asynchronous: true,
});

/** Only while somebody calls it. */
export const api = hubFunction("api", {
  description: "The management API, and the pages behind rescan links",
  given: { ...here, AGENT_QUEUE_URL: agentQueue.url },
  permissions: [toAgent, ...mayRunPolling(poll)],
  url: { cors: false },
});

for (const path of ["/api", "/rescan"]) {
  router.route(path, api.url, { readTimeout: `${functionFigures.api.timeoutSeconds} seconds` });
}
