import { Anchor, Code, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "wouter";
import type { ListedAccount } from "#console/client/accounts.ts";
import { usePolicyChoices } from "#console/parts/policy-name.ts";
import { RelativeTime } from "#console/parts/time.tsx";
import { useTexts } from "#console/texts/texts.ts";
import { Labels } from "./columns.tsx";
import { failureLinks } from "./failures.ts";
import { botTexts } from "./texts.ts";

const failureKinds = ["undelivered", "unconfirmed", "failedRuns"] as const;

/** How the bot fares and what it is, as two panels of facts. */
export function BotFacts({ bot }: { bot: ListedAccount }) {
  const t = useTexts(botTexts);
  const { nameOfId } = usePolicyChoices();
  const isApplied = bot.scheduleWanted === bot.scheduleApplied;
  return (
    <>
      <Panel title={t("health")}>
        <Fact name={t("lastPoll")}>
          <RelativeTime at={bot.lastGoodPollAt} />
        </Fact>
        <Fact name={t("lastInbound")}>
          <RelativeTime at={bot.lastInboundAt} />
        </Fact>
        <Fact name={t("polling")}>{t(bot.polling ? "on" : "off")}</Fact>
        <Fact name={t("schedule")}>
          {t(bot.scheduleApplied === "on" ? "on" : "off")} ·{" "}
          {t(isApplied ? "scheduleApplied" : "scheduleWaiting")}
        </Fact>
        {bot.pollFailures > 0 && <Fact name={t("pollFailures")}>{bot.pollFailures}</Fact>}
        <Fact name={t("windows")}>
          <Counted n={bot.health.openWindows} href={`/inbox?accountId=${bot._id}&state=open`} />
        </Fact>
        <Fact name={t("drafts")}>
          <Counted
            n={bot.health.waitingDrafts}
            href={`/review?accountId=${bot._id}&snoozed=true`}
          />
        </Fact>
        {failureKinds.map((kind) => (
          <Fact key={kind} name={t(kind)}>
            <Counted n={bot.health[kind]} href={failureLinks(bot)[kind]} />
          </Fact>
        ))}
      </Panel>
      <Panel title={t("details")}>
        <Fact name={t("labels")}>
          {bot.labels.length > 0 ? <Labels labels={bot.labels} /> : "–"}
        </Fact>
        <Fact name={t("owner")}>{bot.owner ?? "–"}</Fact>
        <Fact name={t("policy")}>
          <Anchor component={Link} href={`/policies/${bot.policyId}`} inherit>
            {nameOfId(bot.policyId)}
          </Anchor>
        </Fact>
        <Fact name={t("person")}>
          {bot.ilinkUserId === undefined ? "–" : <Code>{bot.ilinkUserId}</Code>}
        </Fact>
        <Fact name={t("loggedIn")}>
          <RelativeTime at={bot.loggedInAt} />
        </Fact>
        {bot.rejectedFor !== null && <Fact name={t("rejectedFor")}>{bot.rejectedFor}</Fact>}
        <Fact name={t("created")}>
          <RelativeTime at={bot.createdAt} />
        </Fact>
        <Fact name={t("id")}>
          <Code>{bot._id}</Code>
        </Fact>
      </Panel>
    </>
  );
}

function Counted({ n, href }: { n: number; href: string }) {
  if (n === 0) return 0;
  return (
    <Anchor component={Link} href={href} inherit>
      {n}
    </Anchor>
  );
}

function Panel({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="panel facts">
      <Title order={2} size="h5" mb="xs">
        {title}
      </Title>
      <dl>{children}</dl>
    </section>
  );
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="fact">
      <Text component="dt" size="sm" c="dimmed">
        {name}
      </Text>
      <Text component="dd" size="sm">
        {children}
      </Text>
    </div>
  );
}
