import { Badge, Button, Code, Group, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { lazy, Suspense } from "react";
import type { ListedAccount } from "#console/client/accounts.ts";
import { useMay } from "#console/client/me.ts";
import { TestQuestion } from "#console/pages/hermes/test-question.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { Fact } from "./bot-facts.tsx";
import { botTexts } from "./texts.ts";

const OwnHermesForm = lazy(() => import("./own-hermes.tsx"));

/** Which Hermes answers for the bot; owners give it one of its own, operators ask it something. */
export function BotHermes({ bot }: { bot: ListedAccount }) {
  const t = useTexts(botTexts);
  const mayEdit = useMay("owner");
  const mayAsk = useMay("operator");
  const [isEditing, editing] = useDisclosure();
  const [isAsking, asking] = useDisclosure();
  const { hermes, status } = bot;
  const isOver = status === "retiring" || status === "retired";
  return (
    <section className="panel facts">
      <Group justify="space-between" mb="xs" gap="xs">
        <Group gap="xs">
          <Title order={2} size="h5">
            Hermes
          </Title>
          <Badge variant="default" className="status-badge" radius="sm">
            {t(hermes === null ? "hermesShared" : "hermesOwn")}
          </Badge>
        </Group>
        {!isOver && (
          <Group gap="xs">
            {mayAsk && (
              <Button size="compact-sm" variant="default" onClick={asking.toggle}>
                {t("askTest")}
              </Button>
            )}
            {mayEdit && (
              <Button size="compact-sm" variant="default" onClick={editing.open}>
                {t(hermes === null ? "giveHermes" : "changeHermes")}
              </Button>
            )}
          </Group>
        )}
      </Group>
      {hermes === null ? (
        <Text size="sm" c="dimmed">
          {t("hermesSharedHint")}
        </Text>
      ) : (
        <dl>
          <Fact name={t("hermesAddress")}>
            <Code>{hermes.baseUrl}</Code>
          </Fact>
          <Fact name={t("hermesProfile")}>{hermes.profile ?? "–"}</Fact>
          <Fact name={t("hermesModel")}>{hermes.model ?? t("asInSettings")}</Fact>
          <Fact name={t("hermesKey")}>{t("keyStored")}</Fact>
        </dl>
      )}
      {isAsking && <TestQuestion accountId={bot._id} />}
      {isEditing && (
        <Suspense>
          <OwnHermesForm bot={bot} onClose={editing.close} />
        </Suspense>
      )}
    </section>
  );
}
