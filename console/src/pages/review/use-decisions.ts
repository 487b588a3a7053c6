import { useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { useLocation } from "wouter";
import { answerOf, api } from "#console/client/api.ts";
import { useToasts } from "#console/parts/toasts.tsx";
import { useOptimistic } from "#console/parts/use-optimistic.ts";
import { useTexts } from "#console/texts/texts.ts";
import { reviewsKey, type ReviewDetail } from "./data.ts";
import { forgetEdit } from "./edits.ts";
import { reviewTexts } from "./texts.ts";

/** Runs whose approval may still be taken back, the latest last; they outlive their own screens. */
const approved: string[] = [];

/** Takes an approval back, the latest unless told which, and shows that draft again. */
export function useWithdraw() {
  const t = useTexts(reviewTexts);
  const toasts = useToasts();
  const [, go] = useLocation();
  const withdraw = useOptimistic({
    change: (runId: string) => answerOf(api.reviews[":runId"].withdraw.$post({ param: { runId } })),
    renews: [reviewsKey, ["review"]],
    onDone(_answer, runId) {
      toasts.done(t("withdrawn"));
      go(`/review/${runId}${window.location.search}`);
    },
  });
  return (runId = approved.at(-1)) => {
    if (runId === undefined) return;
    const at = approved.lastIndexOf(runId);
    if (at !== -1) approved.splice(at, 1);
    withdraw.mutate(runId);
  };
}

/** What a reviewer may do with a draft; each goes on to the next when it is done. */
export function useDecisions({ review }: ReviewDetail, goOn: () => void) {
  const t = useTexts(reviewTexts);
  const toasts = useToasts();
  const client = useQueryClient();
  const withdraw = useWithdraw();
  const { _id: runId, conversationId } = review;
  const param = { runId };
  const renews = useRef([reviewsKey, ["review", runId]]).current;
  const reviews = api.reviews[":runId"];
  /** Whether this screen decided, so that nothing is left to give back. */
  const isDecided = useRef(false);
  const after =
    (text: string, keepsEdit = false) =>
    () => {
      isDecided.current = true;
      if (!keepsEdit) forgetEdit(runId);
      toasts.done(text);
      goOn();
    };
  const approve = useOptimistic({
    // Behind the claim, whose answer has the version that is approved.
    scope: runId,
    change: (text: string | null) => {
      const seen = client.getQueryData<ReviewDetail>(["review", runId])?.review ?? review;
      const json = { version: seen.version, ...(text === null ? {} : { text }) };
      return answerOf(reviews.approve.$post({ param, json }));
    },
    renews,
    onDone() {
      isDecided.current = true;
      forgetEdit(runId);
      approved.push(runId);
      toasts.done(t("approved"), () => withdraw(runId));
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
    // It comes back, and so does what was written into it.
    onDone: after(t("snoozed"), true),
  });
  const takeOver = useOptimistic({
    change: () =>
      answerOf(api.conversations[":id"]["take-over"].$post({ param: { id: conversationId } })),
    renews: [...renews, ["conversation", conversationId], ["conversations"]],
    onDone() {
      isDecided.current = true;
      toasts.done(t("tookOver"));
    },
  });
  const isBusy = [approve, reject, regenerate, snooze, takeOver].some(({ isPending }) => isPending);
  return { approve, reject, regenerate, snooze, takeOver, isDecided, isBusy };
}
