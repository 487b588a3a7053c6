import { Button, Group, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { LiveMark } from "#console/parts/live-mark.tsx";
import { Page } from "#console/parts/page.tsx";
import { useFilters } from "#console/parts/use-filters.ts";
import { useLiveList } from "#console/parts/use-live-list.ts";
import { useTexts } from "#console/texts/texts.ts";
import {
  filterNames,
  jobFilterNames,
  outboundStates,
  readDeadJobs,
  readOutbound,
  type Dead,
  type Outbound,
  type OutboundState,
} from "./data.ts";
import { DeadJobList } from "./dead-job-list.tsx";
import "./delivery.css";
import { OutboundList } from "./outbound-list.tsx";
import { deliveryTexts } from "./texts.ts";

const everyMs = 5_000;
const kinds = [...outboundStates, "jobs"] as const;
const hints = {
  parked: "parkedHint",
  retrying: "retryingHint",
  unconfirmed: "unconfirmedHint",
  dead: "deadHint",
  jobs: "jobsHint",
} as const;

/** Messages by what keeps them, and the jobs that died. */
export default function Delivery() {
  const { values } = useFilters(["state"]);
  const chosen = kinds.find((each) => each === values.state) ?? "parked";
  return chosen === "jobs" ? <Jobs /> : <Messages key={chosen} state={chosen} />;
}

function Messages({ state }: { state: OutboundState }) {
  const { values } = useFilters(filterNames);
  const list = useLiveList<Outbound>({
    key: ["outbound", state, values],
    read: (asked) => readOutbound(state, values, asked),
    everyMs,
    tellsChanges: true,
  });
  return (
    <Around chosen={state} updatedAt={list.updatedAt}>
      <OutboundList state={state} list={list} />
    </Around>
  );
}

function Jobs() {
  const { values } = useFilters(jobFilterNames);
  const list = useLiveList<Dead>({
    key: ["dead-jobs", values],
    read: (asked) => readDeadJobs(values, asked),
    everyMs,
    tellsChanges: true,
  });
  return (
    <Around chosen="jobs" updatedAt={list.updatedAt}>
      <DeadJobList list={list} />
    </Around>
  );
}

function Around({
  chosen,
  updatedAt,
  children,
}: {
  chosen: (typeof kinds)[number];
  updatedAt: number;
  children: ReactNode;
}) {
  const t = useTexts(deliveryTexts);
  return (
    <Page
      title={t("title")}
      hint={t("hint")}
      mark={<LiveMark updatedAt={updatedAt} everyMs={everyMs} />}
    >
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
      <Stack className="delivery">{children}</Stack>
    </Page>
  );
}
