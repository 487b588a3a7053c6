import { Group, Text } from "@mantine/core";
import { Duration } from "#console/parts/time.tsx";
import { useTexts } from "#console/texts/texts.ts";
import type { RunDetail } from "./data.ts";
import { stagesOf } from "./stages.ts";
import { runTexts } from "./texts.ts";

const names = {
  queued: "stageQueued",
  hermes: "stageHermes",
  review: "stageReview",
  sending: "stageSending",
} as const;

/** Where the time went, as one bar and in figures. */
export function StageBar({ run }: Pick<RunDetail, "run">) {
  const t = useTexts(runTexts);
  const stages = stagesOf(run);
  if (stages.length === 0) return null;
  return (
    <div>
      <div className="stage-bar" aria-hidden>
        {stages.map(({ name, ms }) => (
          <span key={name} data-stage={name} style={{ flexGrow: Math.max(ms, 1) }} />
        ))}
      </div>
      <Group gap="md" mt={6}>
        {stages.map(({ name, ms }) => (
          <Text key={name} size="xs" className="stage-name">
            <span className="stage-dot" data-stage={name} aria-hidden />
            {t(names[name])} <Duration ms={ms} />
          </Text>
        ))}
      </Group>
    </div>
  );
}
