import { useMutation, useQueryClient, type QueryKey } from "@tanstack/react-query";
import { useToasts } from "./toasts.tsx";

/**
 * A change shown at once and rolled back with a reason when it fails. What was typed belongs to the
 * form, which is cleared only in `onDone`, so an error loses nothing.
 */
export function useOptimistic<Input, Answer, Cached = unknown>(given: {
  change: (input: Input) => Promise<Answer>;
  /** What is shown meanwhile. */
  show?: { key: QueryKey; apply: (before: Cached, input: Input) => Cached };
  /** Changes under one name are made one after the other. */
  scope?: string;
  /** Lists and things to read again afterwards. */
  renews?: readonly QueryKey[];
  onDone?: (answer: Answer, input: Input) => void;
}) {
  const client = useQueryClient();
  const toasts = useToasts();
  const { change, show, scope, renews = [], onDone } = given;
  return useMutation({
    ...(scope === undefined ? {} : { scope: { id: scope } }),
    mutationFn: change,
    async onMutate(input: Input) {
      if (!show) return undefined;
      await client.cancelQueries({ queryKey: show.key });
      const before = client.getQueriesData<Cached>({ queryKey: show.key });
      for (const [key, held] of before) {
        if (held !== undefined) client.setQueryData<Cached>(key, show.apply(held, input));
      }
      return before;
    },
    onError(error, _input, before) {
      for (const [key, held] of before ?? []) client.setQueryData(key, held);
      toasts.failed(error);
    },
    onSuccess: (answer, input) => onDone?.(answer, input),
    onSettled: () => Promise.all(renews.map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
}
