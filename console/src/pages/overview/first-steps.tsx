import { Anchor, Group, SimpleGrid, Text, ThemeIcon, Title, VisuallyHidden } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { Link } from "wouter";
import { hermesKey, readHermes } from "#console/pages/hermes/read-hermes.ts";
import { useLive } from "#console/parts/use-live.ts";
import { useTexts } from "#console/texts/texts.ts";
import type { Overview } from "./read-overview.ts";
import { overviewTexts } from "./texts.ts";

const steps = [
  ["hermesReached", "/hermes"],
  ["botCreated", "/bots/new"],
  ["botScanned", "/bots?status=pending_login"],
  ["botApproved", "/approvals"],
  ["pollingStarted", "/bots?status=approved"],
  ["messageReceived", "/inbox"],
  ["answerSent", "/runs"],
] as const;

/** The way from nothing to a first answer; stays until the last step is done. */
export function FirstSteps({ firstUse }: { firstUse: Overview["firstUse"] }) {
  const t = useTexts(overviewTexts);
  const hermes = useLive({ key: hermesKey, read: readHermes, everyMs: 30_000 });
  const hermesReached =
    hermes.data?.items.some(({ state, since }) => state === "up" && since !== null) ?? false;
  const done = { ...firstUse, hermesReached };
  const next = steps.find(([key]) => !done[key])?.[0];
  return (
    <section className="panel facts">
      <Title order={2} size="h5">
        {t("checklist")}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t("checklistHint")}
      </Text>
      <SimpleGrid component="ol" cols={{ base: 1, sm: 2, lg: 4 }} spacing="sm" className="steps">
        {steps.map(([key, href]) => (
          <Group
            key={key}
            component="li"
            gap="sm"
            wrap="nowrap"
            aria-current={key === next ? "step" : undefined}
          >
            {done[key] ? (
              <ThemeIcon size={20} radius="xl" aria-hidden>
                <IconCheck size={13} />
              </ThemeIcon>
            ) : (
              <span className="step-open" aria-hidden />
            )}
            {done[key] ? (
              <Text size="sm" c="dimmed">
                {t(key)}
                <VisuallyHidden> ({t("done")})</VisuallyHidden>
              </Text>
            ) : (
              <Anchor component={Link} href={href} size="sm" fw={key === next ? 600 : 400}>
                {t(key)}
              </Anchor>
            )}
          </Group>
        ))}
      </SimpleGrid>
    </section>
  );
}
