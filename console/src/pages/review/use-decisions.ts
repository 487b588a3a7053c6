import { useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { answerOf, api } from "#console/client/api.ts";
import { useToasts } from "#console/parts/toasts.tsx";
import { useOptimistic } from "#console/parts/use-optimistic.ts";
import { useTexts } from "#console/texts/texts.ts";
import { reviewsKey, type ReviewDetail } from "./data.ts";
import { reviewTexts } from "./texts.ts";

/** The run whose approval can be taken back; it outlives the draft's own screen. */
const lastApproved = { runId: "" };

/** What a reviewer may do with a draft; each goes on to the next when it is done. */
export function useDecisions({ review }: ReviewDetail, goOn: () => void) {
  const t = useTexts(reviewTexts);
  const toasts = useToasts();
  const client = useQueryClient();
  const runId = review._id;
  const param = { runId };
  const renews = useRef([reviewsKey, ["review", runId]]).current;
  const reviews = api.reviews[":runId"];
  const after = (text: string) => () => {
    toasts.done(text);
    goOn();
  };

  const withdraw = useOptimistic({
    change: (id: string) => answerOf(reviews.withdraw.$post({ param: { runId: id } })),
    renews,
    onDone: () => toasts.done(t("withdrawn")),
  });
  const undo = () => {
    if (lastApproved.runId !== "") withdraw.mutate(lastApproved.runId);
    lastApproved.runId = "";
  };
  const claim = useOptimistic({
    change: () => answerOf(reviews.claim.$post({ param })),
    // Who claimed has the newest version in hand, and may send at once.
    onDone: (claimed) =>
      client.setQueryData<ReviewDetail>(
        ["review", runId],
        (before) => before && { ...before, review: claimed },
      ),
  });
  const approve = useOptimistic({
    change: (text: string | null) => {
      const json = { version: review.version, ...(text === null ? {} : { text }) };
      return answerOf(reviews.approve.$post({ param, json }));
    },
    renews,
    onDone: () => {
      lastApproved.runId = runId;
      toasts.done(t("approved"), undo);
      goOn();
    },
  });
  const reject = useOptimistic({
    change: (reason: string) => answerOf(reviews.reject.$post({ param, json: { reason } })),
    renews,
    onDone: after(t("rejected")),
  });
  const regenerate = useOptimistic({
    change: (hint: string) => answerOf(reviews.regenerate.$post({ param, json: { hint } })),
    renews,
    onDone: after(t("regenerated")),
  });
  const snooze = useOptimistic({
    change: (until: string) => answerOf(reviews.snooze.$post({ param, json: { until } })),
    renews,
    onDone: after(t("snoozed")),
  });
  const takeOver = useOptimistic({
    change: () => {
      const id = review.conversationId;
      return answerOf(api.conversations[":id"]["take-over"].$post({ param: { id } }));
    },
    renews,
    onDone: () => toasts.done(t("tookOver")),
  });
  const isBusy = approve.isPending || reject.isPending || regenerate.isPending;
  return { claim, approve, reject, regenerate, snooze, takeOver, undo, isBusy };
}
