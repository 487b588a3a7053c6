import { Badge } from "@mantine/core";
import type { Conversation } from "#console/client/conversations.ts";
import { useTimeWords } from "#console/parts/time.tsx";
import { useNow } from "#console/parts/use-now.ts";
import { useTexts } from "#console/texts/texts.ts";
import { inboxTexts } from "./texts.ts";

const hourMs = 3_600_000;

/** How long WeChat still takes messages: green above 6 h, red below one. */
export function WindowLeft({ window: { opensUntil, shut } }: Pick<Conversation, "window">) {
  const t = useTexts(inboxTexts);
  const words = useTimeWords();
  const leftMs = Date.parse(opensUntil) - useNow(15_000);
  const isShut = leftMs <= 0 || shut === "window";
  const color = isShut ? "gray" : leftMs > 6 * hourMs ? "teal" : leftMs > hourMs ? "orange" : "red";
  return (
    <Badge size="sm" variant="light" color={color} className="status-badge">
      {isShut ? t("shut") : t("left", { age: words.duration(leftMs) })}
    </Badge>
  );
}
