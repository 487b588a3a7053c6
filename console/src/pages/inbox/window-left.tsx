import { Badge, VisuallyHidden } from "@mantine/core";
import type { Conversation } from "#console/client/conversations.ts";
import { useTimeWords } from "#console/parts/time.tsx";
import { useNow } from "#console/parts/use-now.ts";
import { useTexts } from "#console/texts/texts.ts";
import { inboxTexts } from "./texts.ts";

const hourMs = 3_600_000;

/** How long WeChat still takes messages, and how many: green above 6 h, red below one. */
export function WindowLeft({
  window: { opensUntil, shut, creditsLeft },
  withCredits = false,
}: Pick<Conversation, "window"> & { withCredits?: boolean }) {
  const t = useTexts(inboxTexts);
  const words = useTimeWords();
  const leftMs = Date.parse(opensUntil) - useNow(15_000);
  const isShut = leftMs <= 0 || shut === "window";
  const age = words.duration(leftMs);
  return (
    <Badge
      size="sm"
      variant="light"
      color={colorOf(isShut, leftMs, creditsLeft)}
      className="status-badge"
    >
      {isShut && t("shut")}
      {!isShut && !withCredits && t("left", { age })}
      {!isShut && withCredits && (
        <>
          <span aria-hidden>{t("leftShort", { age, n: creditsLeft })}</span>
          <VisuallyHidden>
            {t("left", { age })}, {t("credits", { n: creditsLeft })}
          </VisuallyHidden>
        </>
      )}
    </Badge>
  );
}

function colorOf(isShut: boolean, leftMs: number, creditsLeft: number): string {
  if (isShut) return "gray";
  if (creditsLeft === 0) return "red";
  if (leftMs > 6 * hourMs) return "teal";
  return leftMs > hourMs ? "orange" : "red";
}
