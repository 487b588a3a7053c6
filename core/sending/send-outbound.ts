import type { Account } from "#core/accounts/account.ts";
import { wechatOf } from "#core/accounts/wechat-of.ts";
import { isSettled, type Chunk, type OutboundMessage } from "#core/messages/message.ts";
import type { Deps } from "#core/shared/deps.ts";
import { parkForLogin } from "./chunk-outcome.ts";
import { hasTimeToSend, type Pace } from "./pace.ts";
import { sendChunk } from "./send-chunk.ts";

export type SendDeps = Deps<"sending" | "wechat" | "credentials">;

export type SendWork = {
  /** The invocation's right to the conversation, its end, and when its last bubble went. */
  turn: { id: string; endsAt: Date; pace: Pace };
  account: Account;
  message: OutboundMessage;
  /** Just stored with its first chunk under way. */
  isFresh: boolean;
  /** By which words the rest of an answer is offered; the hub's own unless the policy has some. */
  continueText?: string | undefined;
};

/** What came of a message; `later` says when the next try is due. */
export type SendResult =
  | { status: "accepted"; acceptedAt: Date }
  | { status: "parked" }
  | { status: "skipped" }
  | { status: "later"; at: Date }
  /** The invocation ends before the next bubble; the next one goes on at once. */
  | { status: "out_of_time" }
  | { status: "ended"; why: "refused" | "given_up" | "taken_over"; code: string };

/**
 * Sends what of the message was not sent yet, bubble by bubble, each with its stored client id, so
 * that a repeat is the same bubble for WeChat. Only the holder of the conversation's turn calls it.
 * Throws LeaseLostError when the turn is lost or somebody ended the message.
 */
export async function sendOutbound(deps: SendDeps, work: SendWork): Promise<SendResult> {
  const { account, message, turn } = work;
  const hasUnsent = message.chunks.some((chunk) => !isSettled(chunk));
  if (hasUnsent && account.status === "login_expired") return parkForLogin(deps, work);
  const sending = { deps, ...work, wechat: wechatOf(deps, account) };
  let isBegun = work.isFresh;
  let last: SendResult = { status: "skipped" };
  for (const [index, chunk] of message.chunks.entries()) {
    if (isSettled(chunk)) {
      last = cameOf(chunk);
      continue;
    }
    await turn.pace.wait();
    if (!hasTimeToSend(turn, deps.clock)) return { status: "out_of_time" };
    last = await sendChunk(sending, { index, chunk, isBegun });
    if (last.status !== "accepted") return last;
    isBegun = true;
  }
  return last;
}

/** What a settled chunk came to, for an invocation that finds it so. */
function cameOf({ state, acceptedAt, code }: Chunk): SendResult {
  if (acceptedAt) return { status: "accepted", acceptedAt };
  if (state === "skipped") return { status: "skipped" };
  const isRefused = state === "refused";
  return { status: "ended", why: isRefused ? "refused" : "given_up", code: code ?? "unknown" };
}
