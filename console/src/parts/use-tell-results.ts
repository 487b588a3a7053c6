import { ApiError } from "#console/client/api-error.ts";
import { useTexts } from "#console/texts/texts.ts";
import { partTexts } from "./texts.ts";
import { useToasts } from "./toasts.tsx";

/** What became of one of many. */
export type Result = { done: boolean; error: { code: string; message: string } | null };

/** Tells how many it was done with, and how many were refused with the reason of the first. */
export function useTellResults(): (
  results: readonly Result[],
  doneText: (n: number) => string,
) => void {
  const t = useTexts(partTexts);
  const toasts = useToasts();
  return (results, doneText) => {
    const refused = results.filter(({ done }) => !done);
    const done = results.length - refused.length;
    if (done > 0 || refused.length === 0) toasts.done(doneText(done));
    const [first] = refused;
    if (!first?.error) return;
    toasts.failed(
      new ApiError({ status: 409, ...first.error }),
      t("refusedOfMany", { n: refused.length }),
    );
  };
}
