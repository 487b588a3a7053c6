import { Button, Group, Text } from "@mantine/core";
import { Link } from "wouter";
import { Page } from "#console/parts/page.tsx";
import { useFilters } from "#console/parts/use-filters.ts";
import { useTexts } from "#console/texts/texts.ts";
import { DeadJobList } from "./dead-job-list.tsx";
import { OutboundList } from "./outbound-list.tsx";
import { deliveryTexts } from "./texts.ts";

const kinds = ["parked", "retrying", "unconfirmed", "dead", "jobs"] as const;
const hints = {
  parked: "parkedHint",
  retrying: "retryingHint",
  unconfirmed: "unconfirmedHint",
  dead: "deadHint",
  jobs: "jobsHint",
} as const;

/** Messages by what keeps them, and the jobs that died. */
export default function Delivery() {
  const t = useTexts(deliveryTexts);
  const { values } = useFilters(["state"]);
  const chosen = kinds.find((each) => each === values.state) ?? "parked";
  return (
    <Page title={t("title")} hint={t("hint")}>
      <Group gap={6} role="navigation" aria-label={t("kinds")}>
        {kinds.map((kind) => (
          <Button
            key={kind}
            component={Link}
            href={`/delivery?state=${kind}`}
            size="xs"
            variant={kind === chosen ? "light" : "default"}
            {...(kind === chosen ? { "aria-current": "page" as const } : {})}
          >
            {t(kind)}
          </Button>
        ))}
      </Group>
      <Text size="sm" c="dimmed">
        {t(hints[chosen])}
      </Text>
      {chosen === "jobs" ? <DeadJobList /> : <OutboundList key={chosen} state={chosen} />}
    </Page>
  );
}
