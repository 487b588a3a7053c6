import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { answerOf, api } from "#console/client/api.ts";
import { meKey, useMe } from "#console/client/me.ts";
import { useToasts } from "#console/parts/toasts.tsx";
import { useLanguage, type Language } from "./language.tsx";

/** Shows the console in the language that is kept with whoever is signed in, in whatever browser. */
export function useFollowLanguage(): void {
  const kept = useMe().data?.locale ?? null;
  const { choose } = useLanguage();
  useEffect(() => {
    if (kept !== null) choose(kept);
    // What is chosen here meanwhile is not undone by an answer that is older.
  }, [kept]);
}

/** Chooses a language here at once, and keeps it with whoever is signed in. */
export function useKeepLanguage(): (language: Language) => void {
  const { choose } = useLanguage();
  const client = useQueryClient();
  const toasts = useToasts();
  const keep = useMutation({
    mutationFn: (locale: Language) => answerOf(api.me.$put({ json: { locale } })),
    onSuccess: (me) => client.setQueryData(meKey, me),
    onError: (error) => toasts.failed(error),
  });
  return (wanted) => {
    choose(wanted);
    keep.mutate(wanted);
  };
}
