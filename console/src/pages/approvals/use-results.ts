import { useQueryClient } from "@tanstack/react-query";
import { accountsKey } from "#console/client/accounts.ts";
import { useTellResults, type Result } from "#console/parts/use-tell-results.ts";
import { useTexts } from "#console/texts/texts.ts";
import { approvalTexts } from "./texts.ts";

/** Tells what became of each, and reads the lists again. */
export function useResults(): (results: readonly Result[], text: "approved" | "rejected") => void {
  const t = useTexts(approvalTexts);
  const tell = useTellResults();
  const client = useQueryClient();
  return (results, text) => {
    tell(results, (n) => t(text, { n }));
    void client.invalidateQueries({ queryKey: accountsKey });
  };
}
