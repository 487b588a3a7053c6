import { Button, Group, Menu, SimpleGrid, Skeleton, Stack, ActionIcon } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconDots, IconQrcode } from "@tabler/icons-react";
import { Link, useParams } from "wouter";
import { lazy, Suspense } from "react";
import { answerOf, api } from "#console/client/api.ts";
import {
  accountsKey,
  doVerb,
  readAccount,
  shownAs,
  type ListedAccount,
  type PlainVerb,
} from "#console/client/accounts.ts";
import { useMay } from "#console/client/me.ts";
import { useConfirm } from "#console/parts/confirm.tsx";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { LiveMark } from "#console/parts/live-mark.tsx";
import { Page } from "#console/parts/page.tsx";
import { StatusBadge } from "#console/parts/status-badge.tsx";
import { useToasts } from "#console/parts/toasts.tsx";
import { useLive } from "#console/parts/use-live.ts";
import { useOptimistic } from "#console/parts/use-optimistic.ts";
import { useTexts } from "#console/texts/texts.ts";
import { BotFacts } from "./bot-facts.tsx";
import { BotHermes } from "./bot-hermes.tsx";
import { BotHistory } from "./bot-history.tsx";
import { botTexts } from "./texts.ts";

const EditBot = lazy(() => import("./edit-bot.tsx"));

/** One bot: how it fares, what it is, whom it talks to, its logins, and what was done with it. */
export default function Bot() {
  const { id } = useParams<{ id: string }>();
  // Another bot is another page: no dialog of this one stays open over that one.
  return <OneBot key={id} id={id} />;
}

function OneBot({ id }: { id: string }) {
  const t = useTexts(botTexts);
  const key = [...accountsKey, "one", id];
  const bot = useLive({ key, read: () => readAccount(id), everyMs: 5_000 });
  const mark = <LiveMark updatedAt={bot.dataUpdatedAt} everyMs={5_000} />;
  if (bot.data === undefined) {
    return bot.error ? (
      <Page title={t("title")}>
        <ErrorBox error={bot.error} onRetry={() => void bot.refetch()} />
      </Page>
    ) : (
      <Stack>
        <Skeleton height={32} width={220} />
        <Skeleton height={140} />
        <Skeleton height={240} />
      </Stack>
    );
  }
  return (
    <Page
      title={bot.data.name}
      mark={
        <>
          <StatusBadge status={bot.data.status} />
          {mark}
        </>
      }
      actions={<Actions bot={bot.data} />}
    >
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <BotFacts bot={bot.data} />
        <BotHermes bot={bot.data} />
        <BotHistory bot={bot.data} />
      </SimpleGrid>
    </Page>
  );
}

function Actions({ bot }: { bot: ListedAccount }) {
  const t = useTexts(botTexts);
  const toasts = useToasts();
  const mayChange = useMay("operator");
  const mayCleanUp = useMay("owner");
  const confirm = useConfirm();
  const [isEditing, editing] = useDisclosure();
  const verb = useOptimistic({
    change: (wanted: PlainVerb) => doVerb(bot._id, wanted),
    show: {
      key: [...accountsKey, "one", bot._id],
      apply: (before: ListedAccount, wanted) => ({ ...before, ...shownAs({ verb: wanted }) }),
    },
    renews: [accountsKey],
    onDone: () => toasts.done(t("done")),
  });
  const cleaning = useOptimistic({
    change: (id: string) => answerOf(api.accounts[":id"]["clean-up"].$post({ param: { id } })),
    renews: [accountsKey],
    onDone: () => toasts.done(t("done")),
  });
  const askCleanUp = async () => {
    try {
      const param = { id: bot._id };
      const preview = await answerOf(api.accounts[":id"]["clean-up"].$get({ param }));
      const question = {
        title: t("cleanUpAsk", { name: bot.name }),
        text: t("cleanUpText", preview),
        confirm: t("cleanUp"),
        danger: true,
      };
      if (await confirm(question)) cleaning.mutate(bot._id);
    } catch (error) {
      if (error instanceof Error) toasts.failed(error);
      else throw error;
    }
  };
  const { status, polling } = bot;
  const isOver = status === "retiring" || status === "retired";
  if (!mayChange || isOver) return null;
  const isLive = status === "approved" || status === "suspended";
  const needsScan = status === "pending_login" || status === "login_expired";
  return (
    <Group gap="xs">
      {needsScan && (
        <Button
          component={Link}
          href={`/bots/${bot._id}/scan`}
          leftSection={<IconQrcode size={16} />}
        >
          {t(status === "pending_login" ? "scan" : "rescan")}
        </Button>
      )}
      {status === "pending_approval" && (
        <Button component={Link} href="/approvals">
          {t("approve")}
        </Button>
      )}
      {status === "approved" && (
        <Button
          variant={polling ? "default" : "filled"}
          loading={verb.isPending}
          onClick={() => verb.mutate(polling ? "stop-polling" : "start-polling")}
        >
          {t(polling ? "stopPolling" : "startPolling")}
        </Button>
      )}
      {isLive && (
        <Button
          variant="default"
          loading={verb.isPending}
          onClick={() => verb.mutate(status === "approved" ? "suspend" : "resume")}
        >
          {t(status === "approved" ? "suspend" : "resume")}
        </Button>
      )}
      <Menu position="bottom-end" shadow="md">
        <Menu.Target>
          <ActionIcon variant="default" size="lg" aria-label={t("more")}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={editing.open}>{t("edit")}</Menu.Item>
          {isLive && (
            <Menu.Item component={Link} href={`/bots/${bot._id}/scan`}>
              {t("rescan")}
            </Menu.Item>
          )}
          {mayCleanUp && (
            <Menu.Item c="var(--mantine-color-error)" onClick={() => void askCleanUp()}>
              {t("cleanUp")}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {isEditing && (
        <Suspense>
          <EditBot bot={bot} onClose={editing.close} />
        </Suspense>
      )}
    </Group>
  );
}
