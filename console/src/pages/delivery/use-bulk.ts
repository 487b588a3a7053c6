import { useConfirm } from "#console/parts/confirm.tsx";
import { useOptimistic } from "#console/parts/use-optimistic.ts";
import { useTellResults, type Result } from "#console/parts/use-tell-results.ts";
import { useTexts } from "#console/texts/texts.ts";
import { deliveryTexts } from "./texts.ts";

type Results = { results: readonly Result[]; nextCursor: string | null };

/** Asks, does it for all of a class, and tells what became of them. */
export function useBulk<Verb extends string>(
  change: (verb: Verb, cursor: string | null) => Promise<Results>,
  renews: readonly (readonly string[])[],
) {
  const t = useTexts(deliveryTexts);
  const tell = useTellResults();
  const confirm = useConfirm();
  const bulk = useOptimistic({
    change: (verb: Verb) => allOf((cursor) => change(verb, cursor)),
    renews,
    onDone: (results: readonly Result[]) => tell(results, (n) => t("done", { n })),
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

/** The api does so many at once; goes through the class to its end, also behind what is refused. */
async function allOf(change: (cursor: string | null) => Promise<Results>): Promise<Result[]> {
  const all: Result[] = [];
  for (let cursor: string | null = null; ;) {
    const { results, nextCursor }: Results = await change(cursor);
    all.push(...results);
    if (nextCursor === null) return all;
    cursor = nextCursor;
  }
}
