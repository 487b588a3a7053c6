import { Group, Text } from "@mantine/core";
import { useTexts } from "#console/texts/texts.ts";
import { useTimeWords } from "./time.tsx";
import { partTexts } from "./texts.ts";
import { useNow } from "./use-now.ts";

/** "Live" while answers come in time, else how old the newest is. */
export function LiveMark({ updatedAt, everyMs }: { updatedAt: number; everyMs: number }) {
  const t = useTexts(partTexts);
  const words = useTimeWords();
  const ageMs = useNow(1_000) - updatedAt;
  if (updatedAt === 0) return null;
  const isLive = ageMs < everyMs * 2 + 3_000;
  return (
    <Group gap={6} wrap="nowrap" className="live-mark" data-live={isLive}>
      <span className="live-dot" aria-hidden />
      <Text size="xs" c="dimmed" span>
        {isLive ? t("live") : t("stale", { age: words.duration(ageMs) })}
      </Text>
    </Group>
  );
}
