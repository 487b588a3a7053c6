import type { Account } from "#core/accounts/account.ts";
import type { AgentRun, RunStatus } from "#core/agent-runs/agent-run.ts";
import type { Conversation } from "#core/conversations/conversation.ts";
import { windowEndOf } from "#core/conversations/may-write.ts";
import type { InboundMessage, OutboundMessage } from "#core/messages/message.ts";
import type { DeadJob } from "#core/queue/dead-job.ts";
import { Review } from "#core/reviews/review.ts";
import { plusSeconds } from "#core/shared/clock.ts";
import { begunRun, outboundMessage, waitingMessage } from "#test/records.ts";
import type { SmallHubDeps } from "#test/small-hub.ts";
import { at } from "./made-up.ts";

const questions = [
  "Are you open on Sunday?",
  "请问今天还能预约吗？我大概下午四点到。",
  "Hello",
  "会员卡可以两个人一起用吗",
  "My order 2211-04 has not arrived yet, and the courier does not answer. Could you look where it is and tell me when I can expect it?",
];
const answers = [
  "Yes, on Sunday from ten to four. You find us on the second floor, beside the lift.",
  "可以的，下午四点还有位置，已为您预留。到店请报手机后四位。",
  "Hello! How can I help you?",
  "**会员卡**可以共享：\n\n1. 主卡人到场登记\n2. 副卡每月 4 次\n\n如需办理请回复“办理”。",
  "I looked it up: the courier has it in Pudong, and it should be with you tomorrow before noon.",
];
const statuses: readonly RunStatus[] = [
  "awaiting_review",
  "sent",
  "sent",
  "retry_pending",
  "error",
  "sent",
  "cancelled",
  "parked",
];

type Of = { bot: Account; conversation: Conversation; index: number };

/** A question of this contact and what became of it, of all kinds in turn. */
export async function fillWork(deps: SmallHubDeps, all: readonly Of[]): Promise<void> {
  const made = all.map((of) => exchangeOf(deps, of));
  await deps.db.collection<AgentRun>("agent_runs").insertMany(made.map(({ run }) => run));
  const messages = made.flatMap(({ asked, sent }): (InboundMessage | OutboundMessage)[] => {
    return sent ? [...asked, sent] : asked;
  });
  await deps.db.collection<InboundMessage | OutboundMessage>("messages").insertMany(messages);
  await deps.db.collection<DeadJob>("dead_jobs").insertMany(all.map((of) => deadJob(deps, of)));
}

function exchangeOf(deps: SmallHubDeps, { bot, conversation, index }: Of) {
  const now = deps.clock.now();
  const askedAt = plusSeconds(now, -40 * (index % 200) - 90);
  const status = at(statuses, index);
  const asked = textsOf(index).map((text, place) =>
    waitingMessage(deps, conversation, {
      text,
      sentAt: plusSeconds(askedAt, 4 * place),
      receivedAt: plusSeconds(askedAt, 4 * place),
    }),
  );
  const run = begunRun(
    deps,
    { account: bot, conversation, messages: asked },
    { ...cameTo(status, conversation, index), createdAt: askedAt, askedAt },
  );
  const owned = asked.map((message) => {
    const { waiting: _, ...stored } = message;
    return { ...stored, runId: run._id };
  });
  const sent = outboundOf(deps, conversation, { run, index, text: run.outputText });
  return { asked: owned, run, sent };

  function cameTo(came: RunStatus, of: Conversation, place: number): Partial<AgentRun> {
    const waits = came === "retry_pending";
    const failed = came === "error";
    const hermesStartedAt = plusSeconds(askedAt, 2 + (place % 5));
    const hermesEndedAt = plusSeconds(hermesStartedAt, 3 + (place % 17));
    const attempt = { startedAt: hermesStartedAt, endedAt: hermesEndedAt };
    const isDraft = came === "awaiting_review";
    return {
      status: came,
      attemptCount: waits ? 3 : 1,
      hermesStartedAt,
      hermesEndedAt,
      ...(waits || failed
        ? {
            error: waits ? "hermes.away: connect_timeout" : "hermes.failed_turn: turn_failed",
            attempts: [
              { ...attempt, class: waits ? "unavailable" : "failed_turn", row: "edge_524" },
            ],
            nextAttemptAt: waits ? plusSeconds(now, 40) : null,
          }
        : {
            outputText: at(answers, place),
            attempts: [{ ...attempt, class: "answer", row: null }],
            usage: { prompt_tokens: 812 + place, completion_tokens: 96 },
            rawResponse: { id: `chatcmpl-${place}`, model: "hermes", object: "chat.completion" },
            completedAt: hermesEndedAt,
            acceptedAt: came === "sent" ? plusSeconds(hermesEndedAt, 1) : null,
          }),
      ...(came === "cancelled" ? { cancelReason: "answered_by_person" as const } : {}),
      ...(isDraft
        ? {
            draft: true as const,
            requiresHumanReview: true,
            reviewReason: "policy" as const,
            review: Review.parse({ windowEndsAt: windowEndOf(of) }),
          }
        : {}),
    };
  }
}

/** Every third contact writes in pieces. */
function textsOf(index: number): string[] {
  const text = at(questions, index);
  return index % 3 === 0 ? ["Hi", text, "Thank you"] : [text];
}

/** What went out, or did not: sent, parked, put off, unconfirmed, dead. */
function outboundOf(
  deps: SmallHubDeps,
  conversation: Conversation,
  { run, index, text }: { run: AgentRun; index: number; text: string | null },
): OutboundMessage | null {
  if (run.status !== "sent" && run.status !== "parked" && run.status !== "error") return null;
  const createdAt = run.hermesEndedAt ?? run.createdAt;
  const words = text ?? "Something went wrong on our side. Please ask again a little later.";
  const message = outboundMessage(deps, conversation, { text: words, runId: run._id, createdAt });
  const [first] = message.chunks;
  if (!first) throw new Error("A message has a bubble.");
  const { open: _, ...rest } = message;
  const kinds: (() => OutboundMessage)[] = [
    () => ({ ...rest, chunks: [{ ...first, state: "accepted", acceptedAt: createdAt }] }),
    () => ({ ...rest, chunks: [{ ...first, state: "dead", code: "-3" }], failure: "dead" }),
    () => ({ ...rest, chunks: [{ ...first, state: "unconfirmed" }], failure: "unconfirmed" }),
    () => ({
      ...rest,
      chunks: [{ ...first, state: "queued", attempts: 4, code: "-2" }],
      open: "going",
      nextAttemptAt: plusSeconds(deps.clock.now(), 45),
    }),
  ];
  if (run.status === "parked") {
    return { ...rest, chunks: [{ ...first, state: "parked", code: "window" }], open: "parked" };
  }
  return at(kinds, index)();
}

function deadJob(deps: SmallHubDeps, { bot, conversation, index }: Of): DeadJob {
  const ids = { jobId: deps.newId("job"), conversationId: conversation._id, ref: "msg_1" };
  return {
    _id: `dead_${index}`,
    why: index % 7 === 6 ? "unreadable" : "failed_too_often",
    body: JSON.stringify({ ...ids, version: 1, do: "answer" }),
    conversationId: conversation._id,
    accountId: bot._id,
    createdAt: plusSeconds(deps.clock.now(), -60 * index),
    status: "open",
    version: 1,
  };
}
