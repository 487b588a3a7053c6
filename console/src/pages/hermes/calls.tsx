import { Alert, Button, Group, Text, TextInput, Title } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useState } from "react";
import { answerOf, api } from "#console/client/api.ts";
import { useMe } from "#console/client/me.ts";
import { RelativeTime } from "#console/parts/time.tsx";
import { useToasts } from "#console/parts/toasts.tsx";
import { useOptimistic } from "#console/parts/use-optimistic.ts";
import { useTexts } from "#console/texts/texts.ts";
import { hermesKey, type HermesState } from "./read-hermes.ts";
import { hermesTexts } from "./texts.ts";

/** What everybody sees while calls are paused, with the way on for whoever may. */
export function PausedNote({ calls, mayAct }: { calls: HermesState["calls"]; mayAct: boolean }) {
  const t = useTexts(hermesTexts);
  const toasts = useToasts();
  const resume = useOptimistic({
    change: () => answerOf(api.hermes.resume.$post()),
    show: {
      key: hermesKey,
      apply: (before: HermesState) => ({
        ...before,
        calls: before.calls && { ...before.calls, paused: false },
      }),
    },
    renews: [hermesKey],
    onDone: () => toasts.done(t("resumed")),
  });
  if (!calls?.paused) return null;
  return (
    <Alert
      color="yellow"
      variant="light"
      role="status"
      icon={<IconPlayerPause aria-hidden />}
      title={t("pausedNow")}
    >
      <Text size="sm">{t("pausedWhy", { reason: calls.reason })}</Text>
      <Text size="sm" c="dimmed">
        {t("since")} <RelativeTime at={calls.since} />
      </Text>
      {mayAct && (
        <Button
          mt="sm"
          leftSection={<IconPlayerPlay size={16} aria-hidden />}
          loading={resume.isPending}
          onClick={() => resume.mutate(undefined)}
        >
          {t("resume")}
        </Button>
      )}
    </Alert>
  );
}

/** The switch that has nobody ask any Hermes; it wants a reason, which everybody then reads. */
export function PauseCalls() {
  const t = useTexts(hermesTexts);
  const toasts = useToasts();
  const [reason, setReason] = useState("");
  const me = useMe().data;
  const pause = useOptimistic({
    change: (given: string) => answerOf(api.hermes.pause.$post({ json: { reason: given } })),
    show: {
      key: hermesKey,
      apply: (before: HermesState, reason): HermesState => ({
        ...before,
        calls: {
          paused: true,
          reason,
          since: new Date().toISOString(),
          by: me?.userId ?? "",
          version: before.calls?.version ?? 0,
        },
      }),
    },
    renews: [hermesKey],
    onDone() {
      setReason("");
      toasts.done(t("paused"));
    },
  });
  return (
    <form
      className="panel facts"
      onSubmit={(event) => {
        event.preventDefault();
        pause.mutate(reason.trim());
      }}
    >
      <Title order={2} size="h5" mb="xs">
        {t("pause")}
      </Title>
      <Group align="flex-end" gap="xs" wrap="nowrap">
        <TextInput
          flex={1}
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
          {t("pauseNow")}
        </Button>
      </Group>
      <Text size="xs" c="dimmed" mt="xs">
        {t("pauseHint")}
      </Text>
    </form>
  );
}
