import { Skeleton, Text, UnstyledButton } from "@mantine/core";
import { Link } from "wouter";
import { hermesKey, readHermes } from "#console/pages/hermes/read-hermes.ts";
import { useLive } from "#console/parts/use-live.ts";
import { useTexts } from "#console/texts/texts.ts";

import { overviewTexts } from "./texts.ts";

/** Whether every Hermes can be asked; the worst of them speaks. */
export function HermesTile() {
  const t = useTexts(overviewTexts);
  const { data, isError } = useLive({ key: hermesKey, read: readHermes, everyMs: 30_000 });
  const isPaused = data?.calls?.paused === true;
  const away = data?.items.filter(({ state }) => state !== "up").length ?? 0;
  const isUntried = data?.items.every(({ since }) => since === null) === true;
  const up = isUntried ? "hermesUntried" : "hermesUp";
  const word = isPaused ? "hermesPaused" : away > 0 ? "hermesAway" : up;
  return (
    <UnstyledButton
      component={Link}
      href="/hermes"
      className="panel tile"
      data-asks={isPaused || away > 0 || undefined}
    >
      <Text size="sm" c="dimmed">
        Hermes
      </Text>
      {data === undefined && !isError && <Skeleton height={30} width={80} />}
      {data === undefined && isError && <span className="tile-word">–</span>}
      {data && <span className="tile-word">{t(word)}</span>}
    </UnstyledButton>
  );
}
