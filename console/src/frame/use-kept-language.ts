import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { answerOf, api } from "#console/client/api.ts";
import { meKey, useMe } from "#console/client/me.ts";
import { useToasts } from "#console/parts/toasts.tsx";
import { useLanguage, type Language } from "#console/texts/language.tsx";

/** The language that somebody chooses is kept with them, and meets them in any other browser. */
export function useKeptLanguage(): void {
  const kept = useMe().data?.locale ?? null;
  const { language, choose } = useLanguage();
  const client = useQueryClient();
  const toasts = useToasts();
  const before = useRef(language);
  // What was chosen here meanwhile is not undone by an answer that is older.
  useEffect(() => {
    if (kept !== null) choose(kept);
  }, [kept]);
  useEffect(() => {
    if (language === before.current) return;
    before.current = language;
    if (language !== kept) void keep(language);
  }, [language]);

  async function keep(locale: Language): Promise<void> {
    try {
      client.setQueryData(meKey, await answerOf(api.me.$put({ json: { locale } })));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      toasts.failed(error);
    }
  }
}
