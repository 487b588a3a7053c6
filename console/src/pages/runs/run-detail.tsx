import {
  Anchor,
  Button,
  Code,
  Group,
  Loader,
  Paper,
  Stack,
  Text,
  Timeline,
  Title,
} from "@mantine/core";
import { Link } from "wouter";
import type { ReactNode } from "react";
import { answerOf, api } from "#console/client/api.ts";
import { useMay } from "#console/client/me.ts";
import { useConfirm } from "#console/parts/confirm.tsx";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { StatusBadge } from "#console/parts/status-badge.tsx";
import { AbsoluteTime, Duration } from "#console/parts/time.tsx";
import { useToasts } from "#console/parts/toasts.tsx";
import { useLive } from "#console/parts/use-live.ts";
import { useOptimistic } from "#console/parts/use-optimistic.ts";
import { useTexts } from "#console/texts/texts.ts";
import { runTexts } from "./texts.ts";

const everyMs = 4_000;
const canCancel = ["running", "retry_pending", "retrying", "awaiting_review", "parked"];
const canRetry = ["retry_pending", "error"];

function readRun(id: string) {
  return answerOf(api["agent-runs"][":id"].$get({ param: { id } }));
}
type Detail = Awaited<ReturnType<typeof readRun>>;

/** One run from the first text to WeChat's yes. */
export function RunDetail({ id }: { id: string }) {
  const { data, error, refetch } = useLive({ key: ["run", id], read: () => readRun(id), everyMs });
  if (error && !data) return <ErrorBox error={error} onRetry={() => void refetch()} />;
  if (!data) return <Loader size="sm" />;
  return (
    <Stack>
      <Head detail={data} />
      <Texts detail={data} />
      <Steps detail={data} />
      <Attempts detail={data} />
      <Rest detail={data} />
    </Stack>
  );
}

function Head({ detail: { run } }: { detail: Detail }) {
  const t = useTexts(runTexts);
  const confirm = useConfirm();
  const toasts = useToasts();
  const mayAct = useMay("operator");
  const param = { id: run._id };
  const renews = [["run", run._id], ["runs"]];
  const cancel = useOptimistic({
    change: () => answerOf(api["agent-runs"][":id"].cancel.$post({ param })),
    renews,
    onDone: () => toasts.done(t("cancelled")),
  });
  const retry = useOptimistic({
    change: () => answerOf(api["agent-runs"][":id"].retry.$post({ param })),
    renews,
    onDone: () => toasts.done(t("retried")),
  });
  const askCancel = async () => {
    const isSure = await confirm({
      title: t("cancelTitle"),
      text: t("cancelText"),
      confirm: t("cancel"),
      danger: true,
    });
    if (isSure) cancel.mutate(undefined);
  };
  return (
    <Group justify="space-between">
      <Group gap="sm">
        <StatusBadge status={run.status} />
        <Anchor component={Link} href={`/inbox/${run.conversationId}`} size="sm">
          {t("conversation")}
        </Anchor>
      </Group>
      {mayAct && (
        <Group gap="xs">
          {canRetry.includes(run.status) && (
            <Button
              size="xs"
              variant="default"
              loading={retry.isPending}
              onClick={() => retry.mutate(undefined)}
            >
              {t("retry")}
            </Button>
          )}
          {canCancel.includes(run.status) && (
            <Button
              size="xs"
              variant="default"
              loading={cancel.isPending}
              onClick={() => void askCancel()}
            >
              {t("cancel")}
            </Button>
          )}
        </Group>
      )}
    </Group>
  );
}

function Texts({ detail: { run } }: { detail: Detail }) {
  const t = useTexts(runTexts);
  return (
    <>
      <Section title={t("asked")}>
        <Paper withBorder p="sm">
          <Text size="sm" className="as-written">
            {run.inputText}
          </Text>
        </Paper>
      </Section>
      <Section title={t("answered")}>
        <Paper withBorder p="sm">
          <Text size="sm" className="as-written" {...(run.outputText ? {} : { c: "dimmed" })}>
            {run.review?.editedText ?? run.outputText ?? run.error ?? t("noAnswer")}
          </Text>
        </Paper>
      </Section>
    </>
  );
}

function Steps({ detail: { timeline } }: { detail: Detail }) {
  const t = useTexts(runTexts);
  return (
    <Section title={t("timeline")}>
      <Timeline bulletSize={14} lineWidth={2} active={timeline.length}>
        {timeline.map(({ at, what, by }, index) => {
          const before = timeline[index - 1];
          return (
            <Timeline.Item
              key={`${at}-${what}`}
              title={<Text size="sm">{what.replaceAll("_", " ")}</Text>}
            >
              <Text size="xs" c="dimmed">
                <AbsoluteTime at={at} />
                {before && (
                  <>
                    {" · +"}
                    <Duration ms={Date.parse(at) - Date.parse(before.at)} />
                  </>
                )}
                {by && ` · ${by}`}
              </Text>
            </Timeline.Item>
          );
        })}
      </Timeline>
    </Section>
  );
}

function Attempts({ detail: { run } }: { detail: Detail }) {
  const t = useTexts(runTexts);
  if (run.attempts.length === 0) return null;
  return (
    <Section title={t("attempts")}>
      <Stack gap={4}>
        {run.attempts.map(({ startedAt, endedAt, class: kind, row }) => (
          <Group key={startedAt} gap="sm">
            <Text size="xs" c="dimmed">
              <AbsoluteTime at={startedAt} />
            </Text>
            <Text size="sm">{row === null ? kind : `${kind} · ${row}`}</Text>
            <Text size="xs" c="dimmed">
              <Duration ms={Date.parse(endedAt) - Date.parse(startedAt)} />
            </Text>
          </Group>
        ))}
      </Stack>
    </Section>
  );
}

function Rest({ detail: { run } }: { detail: Detail }) {
  const t = useTexts(runTexts);
  const parts = [
    { title: t("usage"), value: run.usage },
    { title: t("policy"), value: run.policy },
    { title: t("raw"), value: run.rawResponse },
  ];
  return parts
    .filter(({ value }) => value !== null && value !== undefined)
    .map(({ title, value }) => (
      <details key={title}>
        <summary>{title}</summary>
        <Code block mah={320} className="scrolls">
          {JSON.stringify(value, null, 2)}
        </Code>
      </details>
    ));
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <Title order={2} size="h6" mb={6}>
        {title}
      </Title>
      {children}
    </section>
  );
}
