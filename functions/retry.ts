import { z } from "zod";
import { createAgentQueue } from "#core/queue/agent-queue.ts";
import { createDeadLetters } from "#core/queue/dead-letters.ts";
import { createAccountSchedules } from "#core/schedules/account-schedules.ts";
import { createPollStarter } from "#core/schedules/poll-starter.ts";
import { compareSchedules } from "#core/sweeps/compare-schedules.ts";
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

const OnDemand = z.object({ do: z.literal("compare_schedules") });

/**
 * Woken each minute; it keeps the promises that the others could not. Somebody may also have it
 * compare the schedules at once, which else is done once a day.
 */
export const handler = handle(ground, (event: unknown, context) =>
  OnDemand.safeParse(event).success
    ? compareSchedules(deps)
    : keepPromises(deps, endOf(context, ground.clock.now())),
);
