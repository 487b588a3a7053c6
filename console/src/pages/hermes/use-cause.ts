import { useQuery } from "@tanstack/react-query";
import { useLanguage } from "#console/texts/language.tsx";

/**
 * Gives why Hermes failed in the reader's language: by its row where that is known here, else as the
 * api wrote it. The catalogue is read only for a failure.
 */
export function useCause(failure: { row: string | null; words: string } | null): string {
  const { language } = useLanguage();
  const own = useQuery({
    queryKey: ["words-of-causes"],
    queryFn: async () => (await import("#console/texts/causes-zh.ts")).causesInChinese,
    enabled: language === "zh" && failure !== null,
    staleTime: Infinity,
  });
  const row = failure?.row ?? null;
  const words = failure?.words ?? "";
  return language === "zh" && row !== null ? (own.data?.[row] ?? words) : words;
}
