import { Anchor, Group, Skeleton, Text, Title } from "@mantine/core";
import { Link } from "wouter";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { RelativeTime } from "#console/parts/time.tsx";
import { useLive } from "#console/parts/use-live.ts";
import { useTexts } from "#console/texts/texts.ts";
import { readWaiting } from "./read-overview.ts";
import { overviewTexts } from "./texts.ts";

/** Whoever waits for a person, before WeChat stops taking an answer. */
export function NeedsYou() {
  const t = useTexts(overviewTexts);
  const waiting = useLive({
    key: ["conversations", "needs-you"],
    read: readWaiting,
    everyMs: 15_000,
  });
  return (
    <section className="panel facts">
      <Group justify="space-between" align="flex-start" mb="xs">
        <div>
          <Title order={2} size="h5">
            {t("needsYou")}
          </Title>
          <Text size="sm" c="dimmed">
            {t("needsYouHint")}
          </Text>
        </div>
        <Anchor component={Link} href="/inbox?state=waiting" size="sm">
          {t("openInbox")}
        </Anchor>
      </Group>
      {waiting.isLoading && <Skeleton height={90} />}
      {waiting.error && <ErrorBox error={waiting.error} />}
      {waiting.data?.items.length === 0 && <Text size="sm">{t("nobody")}</Text>}
      {waiting.data?.items.map(({ _id, alias, accountId, window }) => (
        <div key={_id} className="fact">
          <Anchor component={Link} href={`/inbox/${_id}`} size="sm">
            {alias ?? t("unnamed")} · {waiting.data.accounts[accountId]?.name ?? accountId}
          </Anchor>
          <Text size="sm" c="dimmed">
            {t("closes")} <RelativeTime at={window.opensUntil} />
          </Text>
        </div>
      ))}
    </section>
  );
}
