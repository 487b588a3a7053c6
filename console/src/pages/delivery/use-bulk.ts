import { useConfirm } from "#console/parts/confirm.tsx";
import { useToasts } from "#console/parts/toasts.tsx";
import { useOptimistic } from "#console/parts/use-optimistic.ts";
import { useTexts } from "#console/texts/texts.ts";
import { deliveryTexts } from "./texts.ts";

type Result = { id: string; done: boolean; error: { message: string } | null };
type Results = { results: readonly Result[]; more: boolean };

/** Asks, does it for all of a class, and says how many were refused and why the first. */
export function useBulk<Verb extends string>(
  change: (verb: Verb) => Promise<Results>,
  renews: readonly (readonly string[])[],
) {
  const t = useTexts(deliveryTexts);
  const toasts = useToasts();
  const confirm = useConfirm();
  const bulk = useOptimistic({
    change: (verb: Verb) => allOf(() => change(verb)),
    renews,
    onDone(results: readonly Result[]) {
      const refused = results.filter(({ done }) => !done);
      const done = results.length - refused.length;
      const reason = refused[0]?.error?.message ?? "";
      toasts.done(
        refused.length === 0
          ? t("done", { n: done })
          : t("part", { done, failed: refused.length, reason }),
      );
    },
  });
  async function ask(verb: Verb, words: { name: string; text: string; danger: boolean }) {
    const { name, text, danger } = words;
    const isSure = await confirm({
      title: t("askTitle", { verb: name }),
      text,
      confirm: name,
      danger,
    });
    if (isSure) bulk.mutate(verb);
  }
  return { ask, isPending: bulk.isPending };
}

/**
 * The api does so many at once; asks again while it gets further, so that what it refuses, or what
 * stays in the list although it is done, is not asked for over and over.
 */
async function allOf(change: () => Promise<Results>): Promise<Result[]> {
  const all = new Map<string, Result>();
  for (;;) {
    const { results, more } = await change();
    const known = all.size;
    const isFurther = results.some(({ id, done }) => done && !all.has(id));
    for (const result of results) all.set(result.id, all.get(result.id) ?? result);
    if (!more || !isFurther || all.size === known) return [...all.values()];
  }
}
