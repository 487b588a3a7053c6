import { conversationStore } from "#core/conversations/conversation.store.ts";
import { deadJobStore, jobWithin } from "#core/queue/dead-job.ts";
import type { DeadLetter } from "#core/queue/dead-letters.ts";
import { sweepLimit, type Sweep, type SweepDeps } from "./sweep.ts";

/** Empties the dead-letter queue into `dead_jobs`, where people can see and redrive them. */
export const deadLetters: Sweep = {
  name: "dead_letters",
  async run(deps) {
    let taken = 0;
    let letters = await deps.deadLetters.receive();
    for (; letters.length > 0 && taken < sweepLimit; letters = await deps.deadLetters.receive()) {
      for (const letter of letters) await take(deps, letter);
      taken += letters.length;
    }
    return taken;
  },
};

async function take(deps: SweepDeps, letter: DeadLetter): Promise<void> {
  const conversationId = jobWithin(letter)?.conversationId;
  const accountId =
    conversationId === undefined
      ? null
      : await conversationStore(deps.db).findAccountId(conversationId);
  await deadJobStore(deps.db).keep({
    ...(conversationId !== undefined && accountId !== null ? { conversationId, accountId } : {}),
    sqsMessageId: letter.sqsMessageId,
    why: "failed_too_often",
    body: letter.body,
    now: deps.clock.now(),
  });
  await deps.deadLetters.remove(letter);
  deps.log.error("job.died", { sqsMessageId: letter.sqsMessageId });
}
