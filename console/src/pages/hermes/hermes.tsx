import { Badge, Code, Group, SimpleGrid, Skeleton, Text, Title } from "@mantine/core";
import { useMay, useMayForAll } from "#console/client/me.ts";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { LiveMark } from "#console/parts/live-mark.tsx";
import { Page } from "#console/parts/page.tsx";
import { RelativeTime, useTimeWords } from "#console/parts/time.tsx";
import { useLive } from "#console/parts/use-live.ts";
import { useTexts } from "#console/texts/texts.ts";
import { PauseCalls, PausedNote } from "./calls.tsx";
import "./hermes.css";
import { Reachability } from "./reachability.tsx";
import { hermesKey, readHermes, type HermesState } from "./read-hermes.ts";
import { useCause } from "./use-cause.ts";
import { TestQuestion } from "./test-question.tsx";
import { hermesTexts } from "./texts.ts";

const everyMs = 10_000;
const colors = { untried: "gray", up: "teal", down: "red", misconfigured: "orange" } as const;

/** How each Hermes is; the switch that pauses all calls; a test question. */
export default function Hermes() {
  const t = useTexts(hermesTexts);
  const mayAct = useMay("operator");
  const mayPause = useMayForAll("operator");
  const live = useLive({ key: hermesKey, read: readHermes, everyMs });
  const { data } = live;
  return (
    <Page
      title={t("title")}
      hint={t("hint")}
      mark={<LiveMark updatedAt={live.dataUpdatedAt} everyMs={everyMs} />}
    >
      {live.error && !data && <ErrorBox error={live.error} onRetry={() => void live.refetch()} />}
      {live.isLoading && <Skeleton height={260} />}
      {data && <PausedNote calls={data.calls} mayAct={mayPause} />}
      {data?.items.map((each) => (
        <One key={each.id} hermes={each} />
      ))}
      {data && mayAct && (
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <section className="panel facts">
            <Title order={2} size="h5" mb="xs">
              {t("test")}
            </Title>
            <TestQuestion />
          </section>
          {mayPause && !data.calls?.paused && <PauseCalls />}
        </SimpleGrid>
      )}
    </Page>
  );
}

function One({ hermes }: { hermes: HermesState["items"][number] }) {
  const t = useTexts(hermesTexts);
  const { state, cause, causeRow, since, nextProbeAt } = hermes;
  const shown = state === "up" && since === null ? "untried" : state;
  const why = useCause(cause === null ? null : { row: causeRow, words: cause });
  return (
    <section className="panel facts">
      <Group justify="space-between" mb="xs" gap="xs">
        <Group gap="xs">
          <Title order={2} size="h5">
            {t(hermes.isOwn ? "own" : "common")}
          </Title>
          <Badge variant="light" color={colors[shown]} className="status-badge" radius="sm">
            {t(shown)}
          </Badge>
        </Group>
        <Code className="as-written">{hermes.id}</Code>
      </Group>
      {state !== "up" && (
        <Text size="sm" mb="xs">
          {why !== "" && <b>{why} </b>}
          <Text span inherit c="dimmed">
            {t("since")} <RelativeTime at={since} /> · {t("probe")}{" "}
            <RelativeTime at={nextProbeAt} />
          </Text>
        </Text>
      )}
      <Reachability hours={hermes.reachability} />
      <Figures hermes={hermes} />
    </section>
  );
}

function Figures({ hermes }: { hermes: HermesState["items"][number] }) {
  const t = useTexts(hermesTexts);
  const words = useTimeWords();
  const { places, latency, backlog, etaSeconds } = hermes;
  const pair = (low: number | null, high: number | null) =>
    low === null || high === null ? "–" : `${words.duration(low)} / ${words.duration(high)}`;
  const eta = etaSeconds === null ? null : words.duration(etaSeconds * 1_000);
  return (
    <SimpleGrid component="dl" cols={{ base: 2, sm: 4 }} spacing="md">
      <Figure
        name={t("places")}
        value={`${places.inUse} / ${places.total}`}
        share={places.total === 0 ? 0 : places.inUse / places.total}
      />
      <Figure
        name={t("backlog")}
        value={String(backlog)}
        {...(backlog > 0 ? { more: eta === null ? t("noEta") : t("eta", { eta }) } : {})}
      />
      <Figure name={t("latency")} value={pair(latency.hermesP50Ms, latency.hermesP95Ms)} />
      <Figure name={t("answered")} value={pair(latency.answerP50Ms, latency.answerP95Ms)} />
    </SimpleGrid>
  );
}

function Figure({
  name,
  value,
  more,
  share,
}: {
  name: string;
  value: string;
  more?: string;
  share?: number;
}) {
  return (
    <div>
      <Text component="dt" size="xs" c="dimmed">
        {name}
      </Text>
      <Text component="dd" fw={600} className="hermes-figure">
        {value}
        {more !== undefined && (
          <Text span size="xs" c="dimmed" fw={400} display="block">
            {more}
          </Text>
        )}
        {share !== undefined && (
          <span className="hermes-places" aria-hidden>
            <span style={{ width: `${Math.min(100, share * 100)}%` }} />
          </span>
        )}
      </Text>
    </div>
  );
}
