import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, type RefObject } from "react";
import { answerOf, api } from "#console/client/api.ts";
import { useOptimistic } from "#console/parts/use-optimistic.ts";
import { reviewsKey, type ReviewDetail } from "./data.ts";

/** Well within the time for which the hub keeps a draft for its reviewer. */
const renewMs = 45_000;

/**
 * Keeps the draft for this reviewer as long as `isHeld`, and gives it back afterwards unless it was
 * decided. One that is not given back, as its tab was closed, is free again some time later.
 */
export function useClaim(
  runId: string,
  { isHeld, isDecided }: { isHeld: boolean; isDecided: RefObject<boolean> },
): void {
  const client = useQueryClient();
  const param = { runId };
  const claim = useOptimistic({
    scope: runId,
    change: () => answerOf(api.reviews[":runId"].claim.$post({ param })),
    onDone: (claimed) =>
      client.setQueryData<ReviewDetail>(
        ["review", runId],
        (before) => before && { ...before, review: claimed },
      ),
    renews: [["review", runId]],
  });
  const release = useMutation({
    scope: { id: runId },
    mutationFn: () => answerOf(api.reviews[":runId"].release.$post({ param })),
    onSettled: () => client.invalidateQueries({ queryKey: reviewsKey }),
  });
  useEffect(() => {
    if (!isHeld) return;
    claim.mutate(undefined);
    // In a tab that nobody looks at it runs out, and others may have the draft.
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") claim.mutate(undefined);
    }, renewMs);
    return () => {
      clearInterval(timer);
      if (!isDecided.current) release.mutate();
    };
  }, [runId, isHeld]);
}
