import { useConfirm } from "#console/parts/confirm.tsx";
import { useToasts } from "#console/parts/toasts.tsx";
import { useOptimistic } from "#console/parts/use-optimistic.ts";
import { useTexts } from "#console/texts/texts.ts";
import { deliveryTexts } from "./texts.ts";

type Results = {
  results: readonly { done: boolean; error: { message: string } | null }[];
  more: boolean;
};

/** Asks, does it for all of a class, and says how many were refused and why the first. */
export function useBulk<Verb extends string>(
  change: (verb: Verb) => Promise<Results>,
  renews: readonly (readonly string[])[],
) {
  const t = useTexts(deliveryTexts);
  const toasts = useToasts();
  const confirm = useConfirm();
  const bulk = useOptimistic({
    change,
    renews,
    onDone({ results, more }: Results) {
      const refused = results.filter(({ done }) => !done);
      const done = results.length - refused.length;
      const reason = refused[0]?.error?.message ?? "";
      const said =
        refused.length === 0
          ? t("done", { n: done })
          : t("part", { done, failed: refused.length, reason });
      toasts.done(more ? `${said} ${t("more")}` : said);
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
