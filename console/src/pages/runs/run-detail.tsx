import { Anchor, Code, Group, Skeleton, Stack, Text, Timeline, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { readAccount } from "#console/client/accounts.ts";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { StatusBadge } from "#console/parts/status-badge.tsx";
import { AbsoluteTime, Duration, RelativeTime } from "#console/parts/time.tsx";
import { useLive } from "#console/parts/use-live.ts";
import { useTexts } from "#console/texts/texts.ts";
import { classOf, readRun, type RunDetail as Detail } from "./data.ts";
import { RunActions } from "./run-actions.tsx";
import { StageBar } from "./stage-bar.tsx";
import { tokensOf } from "./stages.ts";
import { runTexts } from "./texts.ts";
import { useClassName, useStepName } from "./use-words.ts";

const everyMs = 4_000;

/** One run from the first text to WeChat's yes. */
export function RunDetail({ id }: { id: string }) {
  const { data, error, refetch } = useLive({ key: ["run", id], read: () => readRun(id), everyMs });
  if (error && !data) return <ErrorBox error={error} onRetry={() => void refetch()} />;
  if (!data) return <Waiting />;
  return (
    <Stack>
      <Head detail={data} />
      <Why detail={data} />
      <Texts detail={data} />
      <StageBar run={data.run} />
      <Steps detail={data} />
      <Attempts detail={data} />
      <Rest detail={data} />
    </Stack>
  );
}

function Waiting() {
  return (
    <Stack aria-busy>
      <Skeleton height={24} width="50%" />
      <Skeleton height={60} />
      <Skeleton height={120} />
    </Stack>
  );
}

function Head({ detail: { run } }: { detail: Detail }) {
  const t = useTexts(runTexts);
  const bot = useQuery({
    queryKey: ["account", run.accountId, "name"],
    queryFn: () => readAccount(run.accountId),
    staleTime: 60_000,
  });
  return (
    <Group justify="space-between" gap="xs">
      <Group gap="sm">
        <StatusBadge status={run.status} />
        <Anchor component={Link} href={`/bots/${run.accountId}`} size="sm" className="as-written">
          {bot.data?.name ?? run.accountId}
        </Anchor>
        <Anchor component={Link} href={`/inbox/${run.conversationId}`} size="sm">
          {t("conversation")}
        </Anchor>
        {run.status === "awaiting_review" && (
          <Anchor component={Link} href={`/review/${run._id}`} size="sm">
            {t("openReview")}
          </Anchor>
        )}
      </Group>
      <RunActions run={run} />
    </Group>
  );
}

/** Why it waits, failed or was cancelled. */
function Why({ detail: { run } }: { detail: Detail }) {
  const t = useTexts(runTexts);
  const className = useClassName();
  const errorClass = classOf(run.error);
  const cause = run.error?.slice((errorClass?.length ?? 0) + 1).trim();
  return (
    <>
      {errorClass !== null && (
        <Text size="sm" className="run-error">
          {className(errorClass)} <Code className="run-code">{cause || errorClass}</Code>
        </Text>
      )}
      {run.status === "retry_pending" && run.nextAttemptAt !== null && (
        <Text size="sm">
          {t("triedAgain")} <RelativeTime at={run.nextAttemptAt} />
        </Text>
      )}
      {run.cancelReason !== null && <Text size="sm">{t(run.cancelReason)}</Text>}
      {run.replacesRunId !== undefined && (
        <Anchor component={Link} href={`/runs/${run.replacesRunId}`} size="sm">
          {t("replaces")}
        </Anchor>
      )}
    </>
  );
}

function Texts({ detail: { run } }: { detail: Detail }) {
  const t = useTexts(runTexts);
  const edited = run.review?.editedText;
  return (
    <>
      <Section title={t("asked")}>
        <Words text={run.inputText} />
      </Section>
      {run.hint !== undefined && (
        <Section title={t("hinted")}>
          <Words text={run.hint} />
        </Section>
      )}
      <Section title={t("answered")}>
        {run.outputText ? (
          <Words text={run.outputText} />
        ) : (
          <Text size="sm" c="dimmed">
            {t("noAnswer")}
          </Text>
        )}
      </Section>
      {edited !== undefined && (
        <Section title={t("edited")}>
          <Words text={edited} />
        </Section>
      )}
    </>
  );
}

function Words({ text }: { text: string }) {
  return (
    <Text size="sm" className="panel as-written run-words" tabIndex={0}>
      {text}
    </Text>
  );
}

function Steps({ detail: { timeline } }: { detail: Detail }) {
  const t = useTexts(runTexts);
  const stepName = useStepName();
  return (
    <Section title={t("timeline")}>
      <Timeline className="run-steps" bulletSize={14} lineWidth={2} active={timeline.length}>
        {timeline.map(({ at, what, by }, index) => {
          const before = timeline[index - 1];
          const sinceMs = before ? Date.parse(at) - Date.parse(before.at) : 0;
          return (
            <Timeline.Item
              key={`${at}-${what}-${index}`}
              title={
                <Text size="sm" span>
                  {stepName(what)}
                </Text>
              }
            >
              <Text size="xs" c="dimmed">
                <AbsoluteTime at={at} />
                {sinceMs > 0 && (
                  <>
                    {" · +"}
                    <Duration ms={sinceMs} />
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
  const stepName = useStepName();
  if (run.attempts.length === 0) return null;
  return (
    <Section title={t("attempts")}>
      <Stack gap={4}>
        {run.attempts.map(({ startedAt, endedAt, class: kind, row }, index) => (
          <Group key={`${startedAt}-${index}`} gap="sm">
            <Text size="xs" c="dimmed">
              <AbsoluteTime at={startedAt} />
            </Text>
            <Text size="sm">{stepName(`hermes.${kind}`)}</Text>
            {row !== null && <Code>{row}</Code>}
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
  const tokens = tokensOf(run.usage);
  const parts = [
    { title: t("policy", { name: run.policy.name }), value: run.policy },
    { title: t("raw"), value: run.rawResponse },
  ];
  return (
    <>
      {tokens && (
        <Text size="sm">{t("tokens", { read: tokens.read, written: tokens.written })}</Text>
      )}
      {parts
        .filter(({ value }) => value !== null && value !== undefined)
        .map(({ title, value }) => (
          <details key={title} className="run-raw">
            <summary>{title}</summary>
            <Code block mah={320} className="scrolls" tabIndex={0}>
              {JSON.stringify(value, null, 2)}
            </Code>
          </details>
        ))}
    </>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <Title order={3} size="h6" mb={6}>
        {title}
      </Title>
      {children}
    </section>
  );
}
