import { handle as handleHttp, type LambdaEvent } from "hono/aws-lambda";
import { createAccountSchedules } from "#core/schedules/account-schedules.ts";
import { createAgentQueue } from "#core/queue/agent-queue.ts";
import { createPollStarter } from "#core/schedules/poll-starter.ts";
import { createFront } from "./api/front.ts";
import { layGround } from "./shared/ground.ts";
import { handle } from "./shared/handle.ts";

const ground = layGround("api", [
  "api",
  "queue",
  "reviews",
  "schedules",
  "wechat",
  "credentials",
  "login",
  "links",
  "hermes",
  "ownHermes",
]);
const answer = handleHttp(
  createFront({
    ...ground,
    queue: createAgentQueue({ queueUrl: ground.settings.queue.AGENT_QUEUE_URL }),
    schedules: createAccountSchedules(ground.settings.schedules),
    pollStarter: createPollStarter(ground.settings.schedules),
  }),
);

/** The management API behind a function URL. */
export const handler = handle(ground, (event: LambdaEvent, context) => answer(event, context));
