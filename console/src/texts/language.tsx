import { createContext, useContext, useMemo, useState, type ReactNode } from "react";

export const languages = ["zh", "en"] as const;
export type Language = (typeof languages)[number];

/** Where most operators sit; everybody may choose another in the settings. */
export const usualZone = "Asia/Shanghai";

type Chosen = {
  language: Language;
  locale: string;
  zone: string;
  choose: (language: Language) => void;
  chooseZone: (zone: string) => void;
};

const LanguageContext = createContext<Chosen | null>(null);

/** Gives every part the reader's language and time zone, which this browser remembers. */
export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(() =>
    document.documentElement.lang.startsWith("zh") ? "zh" : "en",
  );
  const [zone, setZone] = useState(() => localStorage.getItem("hub-zone") ?? usualZone);
  const chosen = useMemo<Chosen>(
    () => ({
      language,
      locale: localeOf(language),
      zone,
      choose(wanted) {
        localStorage.setItem("hub-language", wanted);
        document.documentElement.lang = localeOf(wanted);
        setLanguage(wanted);
      },
      chooseZone(wanted) {
        localStorage.setItem("hub-zone", wanted);
        setZone(wanted);
      },
    }),
    [language, zone],
  );
  return <LanguageContext value={chosen}>{children}</LanguageContext>;
}

export function useLanguage(): Chosen {
  const chosen = useContext(LanguageContext);
  if (!chosen) throw new Error("useLanguage needs a LanguageProvider above it.");
  return chosen;
}

function localeOf(language: Language): string {
  return language === "zh" ? "zh-CN" : "en-GB";
}
