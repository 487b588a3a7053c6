import { Text, Tooltip } from "@mantine/core";
import { useLanguage } from "#console/texts/language.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { partTexts } from "./texts.ts";
import { useNow } from "./use-now.ts";

/** Puts durations and moments into words of the reader's language and zone. */
export function useTimeWords() {
  const t = useTexts(partTexts);
  const { locale, zone } = useLanguage();

  function duration(ms: number): string {
    const seconds = Math.floor(Math.abs(ms) / 1000);
    if (Math.abs(ms) < 1000) return t("milliseconds", { n: Math.round(Math.abs(ms)) });
    if (seconds < 60) return t("seconds", { n: seconds });
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return t("minutes", { n: minutes });
    const hours = Math.floor(minutes / 60);
    if (hours < 48) {
      const rest = minutes % 60;
      const whole = t("hours", { n: hours });
      return rest === 0 || hours >= 10 ? whole : `${whole} ${t("minutes", { n: rest })}`;
    }
    return t("days", { n: Math.floor(hours / 24) });
  }

  /** The largest unit alone, as one says it. */
  function roughly(ms: number): string {
    const hours = Math.floor(Math.abs(ms) / 3_600_000);
    return hours > 0 && hours < 48 ? t("hours", { n: hours }) : duration(ms);
  }

  return {
    duration,
    /** "4 min ago", "in 2 h". */
    relative(at: string | Date, now: number): string {
      const ms = new Date(at).getTime() - now;
      if (Math.abs(ms) < 5_000) return t("justNow");
      return t(ms < 0 ? "ago" : "ahead", { age: roughly(ms) });
    },
    absolute(at: string | Date): string {
      return new Intl.DateTimeFormat(locale, {
        dateStyle: "medium",
        timeStyle: "medium",
        timeZone: zone,
      }).format(new Date(at));
    },
    clock(at: string | Date): string {
      return new Intl.DateTimeFormat(locale, {
        hour: "2-digit",
        minute: "2-digit",
        timeZone: zone,
      }).format(new Date(at));
    },
  };
}

/** How long ago or ahead, counting on; the moment itself on hover and for screen readers. */
export function RelativeTime({ at }: { at: string | Date | null | undefined }) {
  const words = useTimeWords();
  const t = useTexts(partTexts);
  const now = useNow(10_000);
  if (at === null || at === undefined) {
    return (
      <Text span inherit c="dimmed">
        {t("never")}
      </Text>
    );
  }
  return (
    <Tooltip label={words.absolute(at)} openDelay={300}>
      <time dateTime={new Date(at).toISOString()}>{words.relative(at, now)}</time>
    </Tooltip>
  );
}

export function AbsoluteTime({ at }: { at: string | Date }) {
  const words = useTimeWords();
  return <time dateTime={new Date(at).toISOString()}>{words.absolute(at)}</time>;
}

export function Duration({ ms }: { ms: number }) {
  return <span>{useTimeWords().duration(ms)}</span>;
}
