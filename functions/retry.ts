import { createAgentQueue } from "#core/queue/agent-queue.ts";
import { createDeadLetters } from "#core/queue/dead-letters.ts";
import { createAccountSchedules } from "#core/schedules/account-schedules.ts";
import { createPollStarter } from "#core/schedules/poll-starter.ts";
import { keepPromises } from "#core/sweeps/keep-promises.ts";
import { layGround } from "./shared/ground.ts";
import { endOf, handle } from "./shared/handle.ts";

const ground = layGround("retry", [
  "queue",
  "schedules",
  "hermes",
  "ownHermes",
  "credentials",
  "retry",
  "alerts",
  "links",
]);
const { queue, schedules, retry } = ground.settings;
const deps = {
  ...ground,
  queue: createAgentQueue({ queueUrl: queue.AGENT_QUEUE_URL }),
  deadLetters: createDeadLetters({ queueUrl: retry.DEAD_LETTER_QUEUE_URL }),
  schedules: createAccountSchedules(schedules),
  pollStarter: createPollStarter(schedules),
};

/** Woken each minute; it keeps the promises that the others could not. */
export const handler = handle(ground, (_event: unknown, context) =>
  keepPromises(deps, endOf(context, ground.clock.now())),
);
