import { useCallback } from "react";
import { useLanguage, type Language } from "./language.tsx";

/** Both languages of one text; `{name}` is filled in, `{n|one|many}` chosen by a count. */
export type Text = Readonly<Record<Language, string>>;
export type Texts = Readonly<Record<string, Text>>;
export type Values = Readonly<Record<string, string | number>>;

/** A part's texts: each key in every language, or it does not compile. */
export function defineTexts<const T extends Texts>(texts: T): T {
  return texts;
}

/** The text in this language, its values filled in; an unknown value stays visible as `{name}`. */
export function fill(text: Text, language: Language, values: Values = {}): string {
  return text[language].replaceAll(
    /\{(\w+)(?:\|([^|}]*)\|([^|}]*))?\}/g,
    (all, name, one, many) => {
      const value = values[String(name)];
      if (value === undefined) return all;
      if (one === undefined) return String(value);
      return String(value === 1 ? one : many).replaceAll("#", String(value));
    },
  );
}

/** `t("key", { name })` of these texts in the reader's language. */
export function useTexts<T extends Texts>(texts: T): (key: keyof T, values?: Values) => string {
  const { language } = useLanguage();
  return useCallback(
    (key, values) => {
      const text = texts[key];
      return text === undefined ? String(key) : fill(text, language, values);
    },
    [texts, language],
  );
}
