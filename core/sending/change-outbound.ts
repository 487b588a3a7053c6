import type { Filter, UpdateFilter } from "mongodb";
import { accountStore } from "#core/accounts/account.store.ts";
import type { AgentRun } from "#core/agent-runs/agent-run.ts";
import type { Actor } from "#core/audit/audit-line.ts";
import { auditLine, settleAudit } from "#core/audit/record.ts";
import { conversationStore } from "#core/conversations/conversation.store.ts";
import { refuseShut } from "#core/conversations/may-write.ts";
import { OutboundMessage } from "#core/messages/message.ts";
import type { Deps, WithQueue } from "#core/shared/deps.ts";
import { RequestError } from "#core/shared/errors.ts";
import { outboundStore } from "./outbound.store.ts";
import { pushSend } from "./push-send.ts";
import { changed } from "#core/database/changed.ts";

type OutboundDeps = Deps & WithQueue;

/** Why a chunk is dead that a person gave up. */
export const droppedByPerson = "dropped";

/**
 * Has a message tried now: one that is put off or parked, or once more what failed of it. Bubbles that
 * WeChat took are not sent again, and those of which nobody knows keep their client id. Throws
 * RequestError `outbound.over` when nothing of it is left to send, or when the window is shut.
 */
export async function retryOutbound(
  deps: OutboundDeps,
  actor: Actor,
  id: string,
): Promise<OutboundMessage> {
  const message = await getOutbound(deps, id);
  if (message.open === undefined && message.failure !== "dead") throw over(message);
  const [account, conversation] = await Promise.all([
    accountStore(deps.db).get(message.accountId),
    conversationStore(deps.db).get(message.conversationId),
  ]);
  refuseShut({ account, conversation, ageNow: deps.clock.ageNow() });
  const now = deps.clock.now();
  const audit = auditLine(deps, actor, "message.retried", id);
  const due = { open: "going", nextAttemptAt: now, pushAfter: now } as const;
  const after = message.open
    ? await change(
        deps,
        { _id: id, open: message.open, version: message.version },
        {
          $set: due,
          ...changed,
          $push: { auditOutbox: audit },
        },
      )
    : await change(
        deps,
        { _id: id, failure: "dead" },
        {
          $set: {
            ...due,
            author: actor.id,
            "chunks.$[failed].attempts": 0,
            // The state last: SecantusDB looks for the failed anew for each field.
            "chunks.$[failed].state": "queued",
          },
          $unset: { failure: true },
          ...changed,
          $push: { auditOutbox: audit },
        },
        [{ "failed.state": { $in: ["dead", "refused"] } }],
      );
  if (!after) return getOutbound(deps, id);
  await pushSend(deps, after);
  await settleAudit(deps, after, "messages");
  return after;
}

/** Gives up what is not sent yet, and takes what failed off the list; its run ends with it. */
export async function dropOutbound(
  deps: OutboundDeps,
  actor: Actor,
  id: string,
): Promise<OutboundMessage> {
  const message = await getOutbound(deps, id);
  const audit = auditLine(deps, actor, "message.dropped", id);
  const after = message.open
    ? await change(
        deps,
        { _id: id, open: { $in: ["going", "parked"] } },
        {
          $set: {
            "chunks.$[unsent].code": droppedByPerson,
            // The state last, as above.
            "chunks.$[unsent].state": "dead",
          },
          $unset: { open: true, failure: true },
          ...changed,
          $push: { auditOutbox: audit },
        },
        [{ "unsent.state": { $in: ["queued", "sending", "parked"] } }],
      )
    : await change(
        deps,
        { _id: id, failure: { $exists: true } },
        { $unset: { failure: true }, ...changed, $push: { auditOutbox: audit } },
      );
  const dropped = after ?? (await getOutbound(deps, id));
  await endRunOf(deps, dropped);
  if (after) await settleAudit(deps, after, "messages");
  return dropped;
}

/** An answer that a person gave up ends its run; repeated, since a crash may come before it. */
async function endRunOf(deps: Deps, message: OutboundMessage): Promise<void> {
  const isDropped = message.chunks.some(({ code }) => code === droppedByPerson);
  if (!isDropped || message.kind !== "answer" || message.runId === null) return;
  await deps.db.collection<AgentRun>("agent_runs").updateOne(
    { _id: message.runId, status: { $in: ["sending", "parked"] } },
    {
      $set: {
        status: "cancelled",
        cancelReason: "ended_by_person",
        turnId: null,
        aliveUntil: null,
      },
      $unset: { unfinished: true },
      ...changed,
    },
  );
}

async function change(
  deps: Deps,
  filter: Filter<OutboundMessage>,
  update: UpdateFilter<OutboundMessage>,
  arrayFilters?: Record<string, unknown>[],
): Promise<OutboundMessage | null> {
  const after = await deps.db
    .collection<OutboundMessage>("messages")
    .findOneAndUpdate({ ...filter, direction: "outbound" }, update, {
      returnDocument: "after",
      ...(arrayFilters ? { arrayFilters } : {}),
    });
  return after && OutboundMessage.parse(after);
}

/** Throws RequestError `message.unknown`. */
export async function getOutbound(deps: Pick<Deps, "db">, id: string): Promise<OutboundMessage> {
  const message = await outboundStore(deps.db).find(id);
  if (message) return message;
  throw new RequestError("not_found", "message.unknown", `There is no outbound message ${id}.`, {
    messageId: id,
  });
}

function over(message: OutboundMessage): RequestError {
  return new RequestError(
    "conflict",
    "outbound.over",
    "Nothing of this message is left to send, so nothing was done. Write a new one if the contact needs it.",
    { messageId: message._id },
  );
}
