import { Text, Tooltip } from "@mantine/core";
import { useTimeWords } from "#console/parts/time.tsx";
import { useTexts } from "#console/texts/texts.ts";
import type { HermesState } from "./read-hermes.ts";
import { hermesTexts } from "./texts.ts";

type Hour = HermesState["items"][number]["reachability"][number];

/** One bar for each of the last hours; how long it was away is told in words as well. */
export function Reachability({ hours }: { hours: readonly Hour[] }) {
  const t = useTexts(hermesTexts);
  const words = useTimeWords();
  const known = hours.flatMap(({ share }) => (share === null ? [] : [share]));
  const up = known.reduce((sum, share) => sum + share, 0);
  const awayMs = (known.length - up) * 3_600_000;
  const said =
    known.length === 0
      ? t("unknown")
      : t(awayMs < 1_000 ? "reachAll" : "reach", {
          share: Math.floor((up / known.length) * 1_000) / 10,
          away: words.duration(awayMs),
        });
  const troubled = hours.filter(({ share }) => share !== null && share < 0.99);
  const spoken = troubled.map(({ from, share }) => `${words.clock(from)} ${percentOf(share)}`);
  return (
    <>
      <div
        className="hermes-hours"
        role="img"
        aria-label={[said, ...spoken.slice(0, 24)].join(", ")}
      >
        {hours.map(({ from, share }) => (
          <Tooltip key={from} label={`${words.clock(from)} · ${percentOf(share)}`}>
            <span data-level={levelOf(share)} />
          </Tooltip>
        ))}
      </div>
      <div className="hermes-axis" aria-hidden>
        <span>{t("dayAgo")}</span>
        <span>{t("now")}</span>
      </div>
      <Text size="sm" mb="xs">
        {said}
      </Text>
    </>
  );
}

function levelOf(share: number | null): "unknown" | "up" | "part" | "down" {
  if (share === null) return "unknown";
  if (share > 0.99) return "up";
  return share > 0.01 ? "part" : "down";
}

function percentOf(share: number | null): string {
  return share === null ? "–" : `${Math.floor(share * 100)} %`;
}
