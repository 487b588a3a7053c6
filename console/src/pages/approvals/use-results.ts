import { useQueryClient } from "@tanstack/react-query";
import { ApiError } from "#console/client/api-error.ts";
import { accountsKey } from "#console/client/accounts.ts";
import { useToasts } from "#console/parts/toasts.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { approvalTexts } from "./texts.ts";

type Result = { done: boolean; error: { code: string; message: string } | null };

/** Tells how many it was done with, how many were refused and why the first, and reads the lists again. */
export function useResults(): (results: readonly Result[], text: "approved" | "rejected") => void {
  const t = useTexts(approvalTexts);
  const toasts = useToasts();
  const client = useQueryClient();
  return (results, text) => {
    const refused = results.filter(({ done }) => !done);
    const done = results.length - refused.length;
    if (done > 0) toasts.done(t(text, { n: done }));
    const first = refused[0]?.error;
    if (first) {
      const message = t("refused", { n: refused.length, reason: first.message });
      toasts.failed(new ApiError({ status: 409, code: first.code, message }));
    }
    void client.invalidateQueries({ queryKey: accountsKey });
  };
}
