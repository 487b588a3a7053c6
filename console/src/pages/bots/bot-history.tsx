import { Anchor, Group, Skeleton, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { answerOf, api, listOf } from "#console/client/api.ts";
import type { ListedAccount } from "#console/client/accounts.ts";
import { useMay } from "#console/client/me.ts";
import { useLoginFailure } from "#console/pages/add-bot/login-failure.ts";
import { useActionName } from "#console/parts/action-names.ts";
import { ErrorBox } from "#console/parts/error-box.tsx";
import { RelativeTime } from "#console/parts/time.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { botTexts } from "./texts.ts";

/** The bot's logins, whom it talks to, and what people did with it. */
export function BotHistory({ bot }: { bot: ListedAccount }) {
  const maySeeAudit = useMay("owner");
  return (
    <>
      <Logins accountId={bot._id} />
      <Conversations accountId={bot._id} />
      {maySeeAudit && <AuditLines subjectId={bot._id} />}
    </>
  );
}

function Conversations({ accountId }: { accountId: string }) {
  const t = useTexts(botTexts);
  const found = useQuery({
    queryKey: ["conversations", "of-bot", accountId],
    queryFn: () => listOf(answerOf(api.conversations.$get({ query: { accountId, limit: "8" } }))),
  });
  return (
    <Few
      title={t("conversations")}
      found={found}
      none={t("noConversations")}
      more={
        <Anchor component={Link} href={`/inbox?accountId=${accountId}`} size="sm">
          {t("openInbox")}
        </Anchor>
      }
    >
      {found.data?.items.map(({ _id, alias, lastInboundAt }) => (
        <Line key={_id} at={lastInboundAt}>
          <Anchor component={Link} href={`/inbox/${_id}`} size="sm">
            {alias ?? t("unnamed")}
          </Anchor>
        </Line>
      ))}
    </Few>
  );
}

const loginWords = {
  waiting: "loginWaiting",
  scanned: "loginScanned",
  verify_code_needed: "loginVerify",
  confirmed: "loginConfirmed",
  completed: "loginCompleted",
  failed: "loginFailed",
} as const;

function Logins({ accountId }: { accountId: string }) {
  const t = useTexts(botTexts);
  const found = useQuery({
    queryKey: ["logins", "of-bot", accountId],
    queryFn: () => listOf(answerOf(api.accounts[":id"].logins.$get({ param: { id: accountId } }))),
  });
  const failureOf = useLoginFailure();
  return (
    <Few title={t("logins")} found={found} none={t("noLogins")}>
      {found.data?.items.slice(0, 8).map(({ _id, status, createdAt, qrCount, ...login }) => (
        <Line key={_id} at={createdAt}>
          <Text size="sm">
            {t(loginWords[status])} · {t("loginCodes", { n: qrCount })}
            {login.failure !== null && ` · ${failureOf(login)}`}
          </Text>
        </Line>
      ))}
    </Few>
  );
}

function AuditLines({ subjectId }: { subjectId: string }) {
  const t = useTexts(botTexts);
  const found = useQuery({
    queryKey: ["audit", "of-bot", subjectId],
    queryFn: () => listOf(answerOf(api.audit.$get({ query: { subjectId, limit: "8" } }))),
  });
  const actionName = useActionName();
  return (
    <Few
      title={t("audit")}
      found={found}
      none={t("noAudit")}
      more={
        <Anchor component={Link} href={`/audit?subjectId=${subjectId}`} size="sm">
          {t("allAudit")}
        </Anchor>
      }
    >
      {found.data?.items.map(({ _id, action, actor, actorName, at }) => (
        <Line key={_id} at={at}>
          <Text size="sm">
            {actionName(action)} · {actor.kind === "hub" ? t("byHub") : actorName}
          </Text>
        </Line>
      ))}
    </Few>
  );
}

function Few({
  title,
  found,
  none,
  more,
  children,
}: {
  title: string;
  found: { isLoading: boolean; error: Error | null; data: { items: unknown[] } | undefined };
  none: string;
  more?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className="panel facts">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h5">
          {title}
        </Title>
        {more}
      </Group>
      {found.isLoading && <Skeleton height={60} />}
      {found.error && <ErrorBox error={found.error} />}
      {found.data?.items.length === 0 && (
        <Text size="sm" c="dimmed">
          {none}
        </Text>
      )}
      {children}
    </section>
  );
}

function Line({ at, children }: { at: string; children: ReactNode }) {
  return (
    <div className="fact">
      {children}
      <Text size="sm" c="dimmed">
        <RelativeTime at={at} />
      </Text>
    </div>
  );
}
