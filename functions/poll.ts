import { watchLogin } from "#core/logins/watch-login.ts";
import { mustStartPoller } from "#core/polling/handle-tick.ts";
import { PollEvent } from "#core/polling/poller.ts";
import { runPoller } from "#core/polling/run-poller.ts";
import { createAgentQueue } from "#core/queue/agent-queue.ts";
import { layGround } from "./shared/ground.ts";
import { endOf, handle } from "./shared/handle.ts";

const ground = layGround("poll", [
  "queue",
  "answering",
  "polling",
  "login",
  "wechat",
  "credentials",
]);
const queue = createAgentQueue({ queueUrl: ground.settings.queue.AGENT_QUEUE_URL });
const deps = { ...ground, queue };

/** Woken by an account's schedule each minute, or by the api Lambda for a login. */
export const handler = handle(ground, async (event: unknown, context) => {
  const woken = PollEvent.parse(event);
  const endsAt = endOf(context, ground.clock.now());
  if ("loginId" in woken) return watchLogin(deps, woken.loginId, endsAt);
  if (await mustStartPoller(deps, woken.accountId)) await runPoller(deps, endsAt);
});
