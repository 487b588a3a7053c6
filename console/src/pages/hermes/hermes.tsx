import {
  Alert,
  Badge,
  Button,
  Group,
  Loader,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
  Tooltip,
} from "@mantine/core";
import { useState } from "react";
import { answerOf, api } from "#console/client/api.ts";
import { useMay } from "#console/client/me.ts";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { LiveMark } from "#console/parts/live-mark.tsx";
import { Page } from "#console/parts/page.tsx";
import { RelativeTime, useTimeWords } from "#console/parts/time.tsx";
import { useToasts } from "#console/parts/toasts.tsx";
import { useLive } from "#console/parts/use-live.ts";
import { useOptimistic } from "#console/parts/use-optimistic.ts";
import { useTexts } from "#console/texts/texts.ts";
import "./hermes.css";
import { hermesTexts } from "./texts.ts";

const everyMs = 10_000;
const colors = { up: "teal", down: "red", misconfigured: "orange" } as const;

const readHermes = () => answerOf(api.hermes.$get());
type State = Awaited<ReturnType<typeof readHermes>>;

/** How each Hermes is; the switch that pauses all calls; a test question. */
export default function Hermes() {
  const t = useTexts(hermesTexts);
  const mayAct = useMay("operator");
  const live = useLive({ key: ["hermes"], read: readHermes, everyMs });
  return (
    <Page
      title={t("title")}
      hint={t("hint")}
      mark={<LiveMark updatedAt={live.dataUpdatedAt} everyMs={everyMs} />}
    >
      {live.error && !live.data && (
        <ErrorBox error={live.error} onRetry={() => void live.refetch()} />
      )}
      {live.isLoading && <Loader size="sm" />}
      {live.data?.calls?.paused && (
        <Alert color="yellow" variant="light" role="status">
          {t("pausedWhy", { reason: live.data.calls.reason })}
        </Alert>
      )}
      {live.data?.items.map((each) => (
        <One key={each.id} hermes={each} />
      ))}
      {live.data && mayAct && (
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <Calls isPaused={live.data.calls?.paused ?? false} />
          <TestQuestion />
        </SimpleGrid>
      )}
    </Page>
  );
}

function One({ hermes }: { hermes: State["items"][number] }) {
  const t = useTexts(hermesTexts);
  const words = useTimeWords();
  const { state, cause, since, nextProbeAt, places, latency, backlog, etaSeconds } = hermes;
  const pair = (low: number | null, high: number | null) =>
    low === null || high === null ? "–" : `${words.duration(low)} / ${words.duration(high)}`;
  return (
    <section className="panel facts">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h6" className="as-written">
          {hermes.id}
        </Title>
        <Group gap={6}>
          <Badge variant="default" className="status-badge">
            {t(hermes.isOwn ? "own" : "common")}
          </Badge>
          <Badge variant="light" color={colors[state]} className="status-badge">
            {t(state)}
          </Badge>
        </Group>
      </Group>
      {cause !== null && (
        <Text size="sm" mb="xs">
          {cause}
        </Text>
      )}
      <Reachability hours={hermes.reachability} />
      <dl>
        <Fact name={t("places")} value={`${places.inUse} / ${places.total}`} />
        <Fact name={t("backlog")} value={String(backlog)} />
        <Fact
          name={t("eta")}
          value={etaSeconds === null ? "–" : words.duration(etaSeconds * 1_000)}
        />
        <Fact name={t("latency")} value={pair(latency.hermesP50Ms, latency.hermesP95Ms)} />
        <Fact name={t("answered")} value={pair(latency.answerP50Ms, latency.answerP95Ms)} />
      </dl>
      {state !== "up" && (
        <Text size="xs" c="dimmed">
          {t("since")}: <RelativeTime at={since} /> · {t("probe")}:{" "}
          <RelativeTime at={nextProbeAt} />
        </Text>
      )}
    </section>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div className="fact">
      <Text component="dt" size="sm" c="dimmed">
        {name}
      </Text>
      <Text component="dd" size="sm">
        {value}
      </Text>
    </div>
  );
}

function Reachability({ hours }: { hours: State["items"][number]["reachability"] }) {
  const t = useTexts(hermesTexts);
  const words = useTimeWords();
  const known = hours.flatMap(({ share }) => (share === null ? [] : [share]));
  const mean = known.reduce((sum, share) => sum + share, 0) / known.length;
  const said = known.length === 0 ? t("unknown") : t("reach", { share: Math.floor(mean * 100) });
  return (
    <>
      <div className="hermes-hours" role="img" aria-label={said}>
        {hours.map(({ from, share }) => {
          const level =
            share === null ? "unknown" : share > 0.99 ? "up" : share > 0 ? "part" : "down";
          const percent = share === null ? "–" : `${Math.floor(share * 100)} %`;
          return (
            <Tooltip key={from} label={`${words.clock(from)} · ${percent}`}>
              <span data-level={level} />
            </Tooltip>
          );
        })}
      </div>
      <Text size="xs" c="dimmed">
        {said}
      </Text>
    </>
  );
}

function Calls({ isPaused }: { isPaused: boolean }) {
  const t = useTexts(hermesTexts);
  const toasts = useToasts();
  const [reason, setReason] = useState("");
  const renews = [["hermes"]];
  const pause = useOptimistic({
    change: (given: string) => answerOf(api.hermes.pause.$post({ json: { reason: given } })),
    renews,
    onDone() {
      setReason("");
      toasts.done(t("paused"));
    },
  });
  const resume = useOptimistic({
    change: () => answerOf(api.hermes.resume.$post()),
    renews,
    onDone: () => toasts.done(t("resumed")),
  });
  if (isPaused) {
    return (
      <section className="panel facts">
        <Button loading={resume.isPending} onClick={() => resume.mutate(undefined)}>
          {t("resume")}
        </Button>
      </section>
    );
  }
  return (
    <form
      className="panel facts"
      onSubmit={(event) => {
        event.preventDefault();
        pause.mutate(reason.trim());
      }}
    >
      <Stack gap="xs">
        <TextInput
          label={t("reason")}
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Button
          type="submit"
          variant="default"
          disabled={reason.trim() === ""}
          loading={pause.isPending}
        >
          {t("pause")}
        </Button>
      </Stack>
    </form>
  );
}

function TestQuestion() {
  const t = useTexts(hermesTexts);
  const words = useTimeWords();
  const [question, setQuestion] = useState("");
  const test = useOptimistic({
    change: (asked: string) =>
      answerOf(api.hermes["test-question"].$post({ json: { question: asked } })),
  });
  const answer = test.data;
  return (
    <form
      className="panel facts"
      onSubmit={(event) => {
        event.preventDefault();
        test.mutate(question.trim());
      }}
    >
      <Stack gap="xs">
        <Title order={2} size="h6">
          {t("test")}
        </Title>
        <TextInput
          label={t("question")}
          maxLength={2_000}
          value={question}
          onChange={(event) => setQuestion(event.currentTarget.value)}
        />
        <Button
          type="submit"
          variant="default"
          disabled={question.trim() === ""}
          loading={test.isPending}
        >
          {t("ask")}
        </Button>
        {answer && (
          <Alert color={answer.answered ? "teal" : "red"} variant="light" role="status">
            <Text size="sm" className="as-written">
              {answer.text ?? answer.failure?.cause ?? t("noText")}
            </Text>
            <Text size="xs">{words.duration(answer.milliseconds)}</Text>
          </Alert>
        )}
      </Stack>
    </form>
  );
}
