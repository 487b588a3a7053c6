import { useQuery } from "@tanstack/react-query";

/** The bubbles in which WeChat would show these words, made by what sends them. */
export function useBubbles(text: string, known: readonly string[] | null): readonly string[] {
  const made = useQuery({
    queryKey: ["bubbles", text],
    async queryFn() {
      const { bubblesOf } = await import("#core/sending/compose.ts");
      return bubblesOf({ kind: "answer", text });
    },
    staleTime: Infinity,
    gcTime: 0,
    enabled: known === null,
  });
  return known ?? made.data ?? [text];
}
